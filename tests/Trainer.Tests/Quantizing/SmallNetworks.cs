using Onnx;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Attention;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.Backbones.Onnx;
using SkiaSharp;
using TorchSharp;

namespace Trainer.Tests.Quantizing;

/// <summary>One small network of each family, and pictures to quantize it on.</summary>
internal static class SmallNetworks
{
    public const int Side = 32;

    private static readonly BackboneSpec plain = new()
    {
        Name = "plain",
        Block = new Bottleneck(),
        Depths = new(1, 1, 1, 1),
        Planes = 16,
        Stem = Stem.Small(16),
        Classes = 0,
        Input = new InputSpec { ImageSize = Side, CropFraction = 1 },
    };

    public static IReadOnlyDictionary<string, BackboneSpec> Families { get; } = new[]
    {
        plain,
        plain with { Name = "basic", Block = new Basic() },
        plain with { Name = "d", Stem = Stem.SmallDeep(16), Shortcut = Shortcut.AveragePool },
        plain with { Name = "resnext", Block = new Bottleneck { Cardinality = 4, BaseWidth = 32 } },
        plain with { Name = "res2net", Block = new Res2Net { BaseWidth = 26 } },
        plain with { Name = "resnest", Block = new ResNeSt() },
        plain with { Name = "se", Block = new Bottleneck { Attention = new SqueezeExcite() } },
        plain with { Name = "sk", Block = new SelectiveKernelBottleneck { BaseWidth = 64 } },
    }.ToDictionary(spec => spec.Name);

    /// <summary>Writes the same network each time; its batch norms have seen pictures, so that values keep their size.</summary>
    public static string Export(string family, string path, OnnxExportOptions? options = null)
    {
        torch.manual_seed(3);
        using var backbone = new Backbone(Families[family]);
        OnnxExporter.Export(backbone, path, options);
        return path;
    }

    /// <summary>Writes pictures of colored squares on noise into a folder, half of them of either class.</summary>
    public static string WritePictures(string folder, int count)
    {
        var random = new Random(1);
        for (int i = 0; i < count; i++)
        {
            using var bitmap = new SKBitmap(Side, Side);
            bool red = i % 2 == 0;
            int left = random.Next(Side - 12), top = random.Next(Side - 12);
            for (int y = 0; y < Side; y++)
            {
                for (int x = 0; x < Side; x++)
                {
                    bool inside = x - left is >= 0 and < 12 && y - top is >= 0 and < 12;
                    bitmap.SetPixel(x, y, new SKColor(Level(inside && red), Level(inside), Level(inside && !red)));
                }
            }

            string classFolder = Directory.CreateDirectory(Path.Combine(folder, red ? "red" : "blue")).FullName;
            using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            File.WriteAllBytes(Path.Combine(classFolder, $"{i:000}.png"), png.ToArray());
        }

        return folder;

        byte Level(bool high) => (byte)(random.Next(100) + (high ? 150 : 0));
    }

    public static ModelProto Read(string path) => ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
}
