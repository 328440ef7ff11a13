using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;
using SkiaSharp;
using TorchSharp;

namespace Trainer.Tests.Tuning;

/// <summary>Reddish and bluish pictures of 32 pixels, decoded: for many trainings.</summary>
internal sealed class TinyData : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public TinyData(int perClass)
    {
        var random = new Random(1);
        foreach ((string label, SKColor color) in new[] { ("blue", new SKColor(60, 60, 160)), ("red", new SKColor(160, 60, 60)) })
        {
            string files = Directory.CreateDirectory(folder[$"images/{label}"]).FullName;
            for (int i = 0; i < perClass; i++)
            {
                using var bitmap = new SKBitmap(TinyTraining.Side, TinyTraining.Side);
                for (int y = 0; y < TinyTraining.Side; y++)
                {
                    for (int x = 0; x < TinyTraining.Side; x++)
                        bitmap.SetPixel(x, y, new SKColor(Noisy(color.Red), Noisy(color.Green), Noisy(color.Blue)));
                }
                using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
                File.WriteAllBytes(Path.Combine(files, $"{i}.png"), png.ToArray());
            }
        }
        Decoded = TuningData.Load(ImageFolder.List(folder["images"]), ImageFolder.List(folder["images"]), TinyTraining.Spec.Input, TinyTraining.Side,
            new TrainingJob(ImageDataSet.FromFolder(folder["images"]), new TrainingOptions { Strict = true }, Progress: null), CancellationToken.None);

        byte Noisy(byte level) => (byte)Math.Clamp(level + random.Next(-50, 51), 0, 255);
    }

    public TuningData Decoded { get; }

    public void Dispose()
    {
        Decoded.Dispose();
        folder.Dispose();
    }
}

/// <summary>A training that takes milliseconds: a network of four small blocks, and a folder for its checkpoints.</summary>
/// <param name="pictures">They outlive it.</param>
internal sealed class TinyTraining(TinyData pictures) : IDisposable
{
    public const int Side = 32;

    private readonly TemporaryFolder folder = new();

    public static BackboneSpec Spec { get; } = new()
    {
        Name = "tiny",
        Block = new Basic(),
        Depths = new(1, 1, 1, 1),
        Planes = 4,
        Stem = Stem.Small(4),
        Classes = 0,
        Input = new InputSpec { ImageSize = Side, CropFraction = 1 },
    };

    public string Checkpoints => folder["checkpoints"];

    /// <summary>A fresh network, the same each time.</summary>
    public static TunedNetwork Network()
    {
        torch.manual_seed(7);
        return new TunedNetwork(new Backbone(Spec), classes: 2, head: null);
    }

    public TuningLoop Loop(
        TunedNetwork network, Recipe recipe, Tune tune = Tune.All, int seed = 1, TimeSpan? limit = null, Augmentation? augmentation = null, Action? stepped = null) => new(new TuningSetup
        {
            Network = network,
            Tune = tune,
            Recipe = recipe,
            Listener = stepped is null ? null : TrainingEvent.On<StepRecord>(_ => stepped()),
            Training = new TrainingLoader(pictures.Decoded.Train, Targets(recipe).LabelsOf(pictures.Decoded.Train.Images), new LoaderOptions
            {
                BatchSize = recipe.BatchSize,
                Preprocessing = new() { ImageSize = Side },
                Seed = seed,
                Augmentation = augmentation ?? Augmentation.Standard,
            }),
            Validation = new EvaluationLoader(pictures.Decoded.Validation, Targets(recipe).LabelsOf(pictures.Decoded.Validation.Images), batchSize: 8),
            Checkpoints = new CheckpointFolder(Checkpoints),
            Output = "results",
            Targets = Targets(recipe),
            Seed = seed,
            Device = torch.CPU,
            Limit = limit,
        });

    private ClassTargets Targets(Recipe recipe) => new(recipe, new ClassIndices(pictures.Decoded.Train.Images));

    /// <summary>Every value of a network, to be compared bit for bit.</summary>
    public static Dictionary<string, byte[]> Bytes(TunedNetwork network) =>
        network.state_dict().ToDictionary(entry => entry.Key, entry => { using torch.Tensor copy = entry.Value.detach().clone(); return copy.bytes.ToArray(); });

    public void Dispose()
    {
        folder.Dispose();
    }
}
