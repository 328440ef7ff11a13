using System.Globalization;

namespace ResNetMLNet.Trainer;

/// <summary>Whether a model is better than another on the same images, or only luckier.</summary>
/// <param name="Model">The other model's file or folder.</param>
/// <param name="Accuracy">The other model's right predictions, 0 to 1.</param>
/// <param name="OnlyModel">Images that only the evaluated model has right.</param>
/// <param name="OnlyBaseline">Images that only the other has right.</param>
public sealed record BaselineComparison(string Model, double Accuracy, int OnlyModel, int OnlyBaseline)
{
    /// <summary>McNemar's, exact: how probable a difference as large as this is by chance, 0 to 1.</summary>
    public double PValue => RunComparison.McNemar(OnlyModel, OnlyBaseline);

    /// <summary>Whether the difference is no more than chance makes.</summary>
    public bool WithinNoise => PValue >= RunComparison.Significance;

    /// <summary>The same in a sentence.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Model} has an accuracy of {Accuracy:F3} on the same images: {OnlyModel} are right only here and {OnlyBaseline} only there (McNemar, p = {PValue:F3}), {(WithinNoise ? "which is within noise" : "which is more than noise")}.");

    internal static BaselineComparison Of(string model, IReadOnlyList<bool> right, IReadOnlyList<bool> baselineRight) => new(
        model, baselineRight.Count(image => image) / (double)baselineRight.Count, right.Zip(baselineRight).Count(pair => pair is (true, false)),
        right.Zip(baselineRight).Count(pair => pair is (false, true)));
}
