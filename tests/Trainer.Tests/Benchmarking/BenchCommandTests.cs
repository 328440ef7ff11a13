using System.Text.Json;
using Trainer.Tests.Quantizing;

namespace Trainer.Tests.Benchmarking;

[TestClass]
public sealed class BenchCommandTests
{
    private readonly TemporaryFolder folder = new();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    public void A_file_is_measured_in_its_own_precision_and_in_integers()
    {
        string network = SmallNetworks.Export("plain", folder["plain.onnx"]), pictures = SmallNetworks.WritePictures(folder["images"], 8);
        CommandLine bench = CommandLine.Run(
            "bench", network, "--precision", "float32,int8", "--batch", "1,2", "--seconds", "0.1", "--images", pictures, "--device", "cpu", "--json");
        bench.AssertSucceeded();
        using var json = JsonDocument.Parse(bench.Output);
        (string, string?, int)[] rows = [.. json.RootElement.EnumerateArray().Select(row => (
            row.GetProperty("model").GetString()!, row.GetProperty("precision").GetString(), row.GetProperty("batch").GetInt32()))];
        CollectionAssert.AreEqual(
            new[] { (network, "float32", 1), (network, "float32", 2), (network, "int8", 1), (network, "int8", 2) }, rows);
        foreach (string number in new[] { "networkImagesPerSecond", "pipelineImagesPerSecond", "p50", "p95", "p99", "memoryMB" })
        {
            foreach (JsonElement row in json.RootElement.EnumerateArray())
                Assert.IsGreaterThan(0, row.GetProperty(number).GetDouble(), number);
        }
    }

    [TestMethod]
    public void Without_options_a_backbone_is_measured_as_a_table_on_photos_that_are_made_up()
    {
        CommandLine bench = CommandLine.Run("bench", "resnet10t", "--batch", "1", "--seconds", "0.1");
        bench.AssertSucceeded();
        Assert.Contains("| resnet10t | float32 | 1 |", bench.Output);
    }

    [TestMethod]
    public void What_cannot_be_measured_is_said()
    {
        string network = SmallNetworks.Export("plain", folder["plain.onnx"]), pictures = SmallNetworks.WritePictures(folder["images"], 2);
        CommandLine.Run("bench", network, "--precision", "half", "--seconds", "0.1", "--images", pictures).AssertFailed(
            $"'{network}' computes in float32 and cannot be measured in half. Export the backbone in that precision.");
        Assert.Contains("--precision is 'int4'; it takes a list such as float32,half,int8.", CommandLine.Run("bench", "--precision", "int4").Errors);
        Assert.Contains("--batch is '0'; it takes a list such as 1,8,32.", CommandLine.Run("bench", "--batch", "0").Errors);
    }
}
