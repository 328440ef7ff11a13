using ResNetMLNet.Backbones;
using ResNetMLNet.Trainer;
using SkiaSharp;
using Trainer.Tests.Tuning;

namespace Trainer.Tests.Regression;

/// <summary>Pictures of 32 pixels, each with a value: how much redder than blue it is, from 100 to 300.</summary>
internal sealed class TinyValues : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public TinyValues(int count = 24)
    {
        var random = new Random(1);
        Directory.CreateDirectory(folder["photos"]);
        Images = [.. Enumerable.Range(0, count).Select(i =>
        {
            double redness = (double)i / (count - 1);
            using var bitmap = new SKBitmap(TinyTraining.Side, TinyTraining.Side);
            for (int y = 0; y < TinyTraining.Side; y++)
                for (int x = 0; x < TinyTraining.Side; x++) bitmap.SetPixel(x, y, new SKColor(Noisy(40 + 180 * redness), 100, Noisy(220 - 180 * redness)));
            using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            string path = folder[$"photos/{i:00}.png"];
            File.WriteAllBytes(path, png.ToArray());
            return (path, 100 + 200 * redness);
        }).OrderBy(_ => random.Next())];

        byte Noisy(double level) => (byte)Math.Clamp(level + random.Next(-20, 21), 0, 255);
    }

    /// <summary>A head on a network of four small blocks that is frozen as it came, at 32 pixels.</summary>
    public static TrainingOptions Head { get; } = new() { Spec = TinyTraining.Spec, Weights = InitialWeights.Fresh };

    /// <summary>All of that network.</summary>
    public static TrainingOptions All { get; } = Head with
    {
        Tune = Tune.All,
        Recipe = Recipe.FineTune with { Epochs = 2, WarmUpEpochs = 0, BatchSize = 6, TrainScale = 1 },
    };

    public IReadOnlyList<(string ImagePath, double Value)> Images { get; }

    public RegressionDataSet Data => RegressionDataSet.FromImages(Images);

    public string this[string file] => folder[file];

    public void Dispose() => folder.Dispose();
}
