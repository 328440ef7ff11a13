using ResNetMLNet.Backbones;
using ResNetMLNet.Trainer;
using SkiaSharp;
using Trainer.Tests.Tuning;

namespace Trainer.Tests.MultiLabel;

/// <summary>Pictures of 32 pixels, each of a mix of red, green and blue: its labels are the channels that are bright.</summary>
internal sealed class TinyLabels : IDisposable
{
    public static readonly string[] Names = ["blue", "green", "red"];

    private readonly TemporaryFolder folder = new();

    public TinyLabels(int count = 24)
    {
        var random = new Random(1);
        Directory.CreateDirectory(folder["photos"]);
        Images = [.. Enumerable.Range(0, count).Select(i =>
        {
            string[] labels = [.. Names.Where((_, bit) => (i >> bit & 1) == 1)];
            using var bitmap = new SKBitmap(TinyTraining.Side, TinyTraining.Side);
            for (int y = 0; y < TinyTraining.Side; y++)
                for (int x = 0; x < TinyTraining.Side; x++) bitmap.SetPixel(x, y, new SKColor(Level("red"), Level("green"), Level("blue")));
            using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            string path = folder[$"photos/{i:00}.png"];
            File.WriteAllBytes(path, png.ToArray());
            return (path, (IEnumerable<string>)labels);

            byte Level(string name) => (byte)((labels.Contains(name) ? 200 : 50) + random.Next(-20, 21));
        })];
    }

    /// <summary>A head on a network of four small blocks that is frozen as it came, at 32 pixels.</summary>
    public static TrainingOptions Head { get; } = new() { Spec = TinyTraining.Spec, Weights = InitialWeights.Fresh };

    /// <summary>All of that network.</summary>
    public static TrainingOptions All { get; } = Head with
    {
        Tune = Tune.All,
        Recipe = Recipe.FineTune with { Epochs = 2, WarmUpEpochs = 0, BatchSize = 6, TrainScale = 1 },
    };

    public IReadOnlyList<(string ImagePath, IEnumerable<string> Labels)> Images { get; }

    public MultiLabelDataSet Data => MultiLabelDataSet.FromImages(Images);

    public string this[string file] => folder[file];

    public void Dispose() => folder.Dispose();
}
