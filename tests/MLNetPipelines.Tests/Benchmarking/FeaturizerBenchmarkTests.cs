using ResNetMLNet.MLNetPipelines.Tests.Imaging;

namespace ResNetMLNet.MLNetPipelines.Tests;

[TestClass]
public sealed class FeaturizerBenchmarkTests
{
    private static readonly TimeSpan moment = TimeSpan.FromMilliseconds(20);

    private readonly TemporaryFolder folder = new();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    public void The_figures_fit_each_other()
    {
        string photo = TestImages.PathOf("cmyk.jpg"), damaged = folder.File("damaged.jpg");
        File.WriteAllText(damaged, "not an image");
        using ImageFeaturizer featurizer = Open();
        FeaturizerSpeed speed = FeaturizerBenchmark.Measure(featurizer, [damaged, photo], batchSize: 3, moment);
        Assert.AreEqual(3, speed.BatchSize);
        Assert.AreEqual(3000 / speed.P50, speed.NetworkImagesPerSecond, 1e-6 * speed.NetworkImagesPerSecond);
        Assert.IsLessThanOrEqualTo(speed.P95, speed.P50);
        Assert.IsLessThanOrEqualTo(speed.P99, speed.P95);
        Assert.IsGreaterThanOrEqualTo(0, speed.NetworkSpread);
        Assert.IsGreaterThan(0, speed.PipelineImagesPerSecond);
        Assert.IsGreaterThan(0, speed.DecodingImagesPerSecond);
        Assert.IsGreaterThan(10, speed.MemoryMegabytes);
    }

    [TestMethod]
    public void Bad_input_is_said()
    {
        using ImageFeaturizer featurizer = Open();
        Assert.StartsWith("None of 1 images can be read.", Assert.ThrowsExactly<InvalidDataException>(
            () => FeaturizerBenchmark.Measure(featurizer, [folder.File("missing.jpg")], batchSize: 1, moment)).Message);
        Assert.StartsWith("A batch is 1 to 1024 images", Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => FeaturizerBenchmark.Measure(featurizer, [], batchSize: 0, moment)).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => FeaturizerBenchmark.Measure(featurizer, [], 1, TimeSpan.FromHours(1)));
    }

    [TestMethod]
    public void A_processor_multiplies_at_least_a_hundred_million_numbers_a_second()
    {
        FeaturizeImagesOptions onCpu = new() { Device = ComputeDevice.Cpu };
        foreach (string precision in new[] { "float32", "int8" })
            Assert.IsGreaterThan(1e8, MachinePeak.Measure(precision, onCpu), precision);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => MachinePeak.Measure("double", onCpu));
    }

    private static ImageFeaturizer Open() => ImageFeaturizer.Open(
        new MemoryStream(new TinyBackbone().ToBytes()), new FeaturizeImagesOptions { Device = ComputeDevice.Cpu });
}
