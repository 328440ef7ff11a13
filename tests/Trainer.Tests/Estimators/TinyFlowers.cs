using Microsoft.ML;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;
using Trainer.Tests.Tuning;

namespace Trainer.Tests.Estimators;

/// <summary>A few daisies and roses, and a training of a tiny network on them that takes a second.</summary>
internal sealed class TinyFlowers : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public TinyFlowers(int perClass = 4)
    {
        Folder = folder.Photos("flowers", perClass, "daisy", "roses");
        Images = [.. ImageFolder.List(Folder)];
    }

    /// <summary>One epoch of a network of four small blocks, at 32 pixels.</summary>
    public static TrainingOptions Training { get; } = new()
    {
        Spec = TinyTraining.Spec,
        Tune = Tune.Scratch,
        Recipe = Recipe.BagOfTricks with { Epochs = 1, BatchSize = 4, WarmUpEpochs = 0 },
        ValidationFraction = 0.25,
    };

    public string Folder { get; }

    public IReadOnlyList<LabeledImage> Images { get; }

    public string this[string file] => folder[file];

    /// <summary>The same images in a form of ML.NET's data.</summary>
    public IDataView Of<TRow>(MLContext mlContext, Func<LabeledImage, TRow> row) where TRow : class =>
        mlContext.Data.LoadFromEnumerable(Images.Select(row).ToArray());

    public void Dispose() => folder.Dispose();
}

/// <summary>An image by its path, and a class.</summary>
internal sealed class PathRow
{
    public string ImagePath { get; set; } = "";

    public string Label { get; set; } = "";
}

/// <summary>An image by its path, and an answer.</summary>
internal sealed class AnswerRow
{
    public string ImagePath { get; set; } = "";

    public bool Label { get; set; }
}

/// <summary>An image by its content, and a class.</summary>
internal sealed class ContentRow
{
    public byte[] Content { get; set; } = [];

    public string Label { get; set; } = "";
}
