using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using ResNetMLNet.MLNetPipelines;

namespace Peer;

/// <summary>What one process measured: a pass over all photos, after a first small one that loads, compiles and allocates.</summary>
internal sealed record Measurement(double ImagesPerSecond, double PeakMegabytes)
{
    private const int Batch = 8;

    /// <summary>Ours in single precision and in 8-bit integers, ML.NET's way, and the parts of ours: decoding and resizing, and the networks.</summary>
    public static string[] Sides { get; } = ["ours", "int8", "peer", "decoding", "network", "int8 network"];

    public static Measurement Of(string side, string folder, string onnx)
    {
        LabeledImage[] photos = Directory.Exists(Path.Combine(folder, "val"))
            ? [.. ImageFolder.List(Path.Combine(folder, "train")), .. ImageFolder.List(Path.Combine(folder, "val"))]
            : [.. ImageFolder.List(folder)];
        Action<LabeledImage[]> run = side switch
        {
            "ours" or "int8" => Features(Featurizers.Ours(onnx)),
            "peer" => Features(Featurizers.OfMLNet()),
            "decoding" => Decoding(),
            "network" or "int8 network" => Network(onnx),
            _ => throw new ArgumentOutOfRangeException(nameof(side), side, $"One of {string.Join(", ", Sides)}."),
        };
        run(photos); // the second pass counts: during the first, a process compiles its methods a second time
        var clock = Stopwatch.StartNew();
        run(photos);
        double seconds = clock.Elapsed.TotalSeconds;
        using var process = Process.GetCurrentProcess();
        return new Measurement(photos.Length / seconds, process.PeakWorkingSet64 / 1e6);
    }

    private static Action<LabeledImage[]> Features(Func<IReadOnlyList<LabeledImage>, IReadOnlyList<LabeledFeatures>> featurize) => images => featurize(images);

    private static Action<LabeledImage[]> Decoding()
    {
        ImagePreprocessor preprocessor = new(new ImagePreprocessing());
        return images => Parallel.ForEach(images, () => new byte[preprocessor.PixelCount], (image, _, pixels) =>
        {
            preprocessor.Load(image.ImagePath, pixels);
            return pixels;
        }, _ => { });
    }

    private static Action<LabeledImage[]> Network(string onnx)
    {
        InferenceSession session = DeviceSession.Open(File.ReadAllBytes(onnx), new FeaturizeImagesOptions { Device = ComputeDevice.Cpu }, CudaProbe.ThisMachine).Session;
        byte[] pixels = new byte[Batch * 224 * 224 * 3];
        new Random(1).NextBytes(pixels);
        return images =>
        {
            using RunOptions options = new();
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, [Batch, 224, 224, 3]);
            for (int i = 0; i < images.Length; i += Batch) session.Run(options, ["pixels"], [input], ["features"]).Dispose();
        };
    }
}
