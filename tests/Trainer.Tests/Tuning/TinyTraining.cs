using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Data;
using ResNetMLNet.Trainer.Tuning;
using SkiaSharp;
using TorchSharp;

namespace Trainer.Tests.Tuning;

/// <summary>A training that takes milliseconds: a network of four small blocks and two dozen pictures of 32 pixels, reddish and bluish ones.</summary>
internal sealed class TinyTraining : IDisposable
{
    private const int Side = 32;
    private readonly TemporaryFolder folder = new();
    private readonly TuningData data;

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

    public TinyTraining(int perClass = 12)
    {
        var random = new Random(1);
        foreach ((string label, SKColor color) in new[] { ("blue", new SKColor(60, 60, 160)), ("red", new SKColor(160, 60, 60)) })
        {
            string files = Directory.CreateDirectory(folder[$"images/{label}"]).FullName;
            for (int i = 0; i < perClass; i++)
            {
                using var bitmap = new SKBitmap(Side, Side);
                for (int y = 0; y < Side; y++)
                {
                    for (int x = 0; x < Side; x++)
                        bitmap.SetPixel(x, y, new SKColor(Noisy(color.Red), Noisy(color.Green), Noisy(color.Blue)));
                }
                using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
                File.WriteAllBytes(Path.Combine(files, $"{i}.png"), png.ToArray());
            }
        }
        data = TuningData.Load(ImageFolder.List(Images), ImageFolder.List(Images), Spec.Input, Side, strict: true, CancellationToken.None);

        byte Noisy(byte level) => (byte)Math.Clamp(level + random.Next(-50, 51), 0, 255);
    }

    public string Images => folder["images"];

    public string Checkpoints => folder["checkpoints"];

    /// <summary>A fresh network, the same each time.</summary>
    public static TunedNetwork Network()
    {
        torch.manual_seed(7);
        return new TunedNetwork(new Backbone(Spec), classes: 2, head: null);
    }

    public TuningLoop Loop(TunedNetwork network, Recipe recipe, TuneKind tune = TuneKind.All, int seed = 1) => new(new TuningSetup
    {
        Network = network,
        Tune = tune,
        Recipe = recipe,
        Training = new TrainingLoader(data.Train, data.Labels(data.Train), new LoaderOptions
        {
            BatchSize = recipe.BatchSize,
            ImageSize = Side,
            Seed = seed,
            Augmentation = Augmentation.Standard,
        }),
        Validation = new EvaluationLoader(data.Validation, data.Labels(data.Validation), batchSize: 8),
        Checkpoints = new CheckpointFolder(Checkpoints),
        Output = "results",
        Classes = 2,
        Seed = seed,
        Device = torch.CPU,
    });

    /// <summary>Every value of a network, to be compared bit for bit.</summary>
    public static Dictionary<string, byte[]> Bytes(TunedNetwork network) =>
        network.state_dict().ToDictionary(entry => entry.Key, entry => { using torch.Tensor copy = entry.Value.detach().clone(); return copy.bytes.ToArray(); });

    public void Dispose()
    {
        data.Dispose();
        folder.Dispose();
    }
}
