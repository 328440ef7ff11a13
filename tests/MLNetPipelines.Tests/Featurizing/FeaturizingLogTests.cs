using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>What listeners of MLContext.Log hear.</summary>
[TestClass]
public sealed class FeaturizingLogTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MLContext mlContext = new();
    private readonly List<(ChannelMessageKind Kind, string Message)> heard = [];
    private readonly FeaturizeImagesOptions options;
    private readonly string backbone;

    public FeaturizingLogTests()
    {
        mlContext.Log += (_, message) =>
        {
            if (message.Source == "FeaturizeImages" && message.Kind != ChannelMessageKind.Trace)
                heard.Add((message.Kind, message.RawMessage));
        };
        backbone = new TinyBackbone().Write(folder.File("tiny.onnx"));
        options = new FeaturizeImagesOptions
        {
            Device = ComputeDevice.Cpu,
            Log = mlContext,
            Cache = new FeatureCacheOptions { Folder = Path.Combine(folder.Path, "cache") },
        };
    }

    [TestMethod]
    public void The_device_is_told_with_its_reason()
    {
        using ImageFeaturizer featurizer = ImageFeaturizer.Open(backbone, options with { Device = ComputeDevice.Auto });
        CollectionAssert.AreEqual(new[] { (ChannelMessageKind.Info, $"'tiny' runs on: {featurizer.Device}") }, heard);
    }

    [TestMethod]
    public void An_image_that_is_skipped_is_a_warning()
    {
        string damaged = folder.File("damaged {0}.jpg"); // braces are no format
        File.WriteAllText(damaged, "");
        Featurize(damaged, NoiseImage.WriteMany(folder, 1)[0]);
        CollectionAssert.AreEqual(new[] { (ChannelMessageKind.Warning, $"The image '{damaged}' is empty.") }, heard.Skip(1).ToArray());
    }

    [TestMethod]
    public void Hits_of_the_cache_are_counted_for_each_run()
    {
        string[] images = NoiseImage.WriteMany(folder, 5);
        Featurize(images[..3]);
        Assert.HasCount(1, heard); // the device; nothing came from the cache
        Featurize(images);
        CollectionAssert.AreEqual(new[] { (ChannelMessageKind.Info, "Features of 3 of 5 images came from the cache.") }, heard.Skip(2)
            .ToArray());
    }

    [TestMethod]
    public void A_pipeline_tells_it_too()
    {
        IDataView images = mlContext.Data.LoadFromEnumerable(NoiseImage.WriteMany(folder, 2)
            .Select(path => new LabeledImage { ImagePath = path }));
        using ImageFeaturizingTransformer transformer = mlContext.Transforms.FeaturizeImages("Features", "ImagePath", backbone, options)
            .Fit(images);
        for (int i = 0; i < 2; i++) _ = transformer.Transform(images).GetColumn<float[]>("Features").ToList();
        CollectionAssert.AreEqual(
            new[] { (ChannelMessageKind.Info, "'tiny' runs on: CPU"),
                (ChannelMessageKind.Info, "Features of 2 of 2 images came from the cache.") }, heard);
    }

    public void Dispose() => folder.Dispose();

    private void Featurize(params string[] images)
    {
        using ImageFeaturizer featurizer = ImageFeaturizer.Open(backbone, options);
        _ = featurizer.Featurize(images).ToList();
    }
}
