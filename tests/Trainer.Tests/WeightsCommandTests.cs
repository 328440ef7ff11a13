using System.Text.Json;

namespace Trainer.Tests;

/// <summary>The commands <c>weights</c> and <c>convert</c>, as a user runs them.</summary>
[TestClass]
public sealed class WeightsCommandTests
{
    private readonly TemporaryFolder folder = new();

    // The program inherits them.
    [TestInitialize]
    public void UseAnEmptyCache()
    {
        Environment.SetEnvironmentVariable("RESNETMLNET_CACHE", folder["cache"]);
        Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", "1");
    }

    [TestCleanup]
    public void Clean()
    {
        Environment.SetEnvironmentVariable("RESNETMLNET_CACHE", null);
        Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", null);
        folder.Dispose();
    }

    [TestMethod]
    public void List_prints_the_catalog_as_JSON_and_nothing_else()
    {
        CommandLine result = CommandLine.Run("weights", "list", "--json");
        Assert.AreEqual((0, ""), (result.ExitCode, result.Errors));
        JsonElement[] rows = [.. JsonDocument.Parse(result.Output).RootElement.EnumerateArray()];
        Assert.HasCount(124, rows);
        JsonElement row = rows.Single(row => row.GetProperty("name").GetString() == "resnet50d.ra2_in1k");
        Assert.AreEqual(80.546, row.GetProperty("top1").GetDouble());
        Assert.AreEqual("apache-2.0", row.GetProperty("license").GetString());
        Assert.IsFalse(row.TryGetProperty("cachedBytes", out _));
    }

    [TestMethod]
    public void List_takes_backbones_and_weights()
    {
        CommandLine result = CommandLine.Run("weights", "list", "resnet18", "resnet50d.ra2_in1k");
        StringAssert.Contains(result.Output, "resnet18.tv_in1k");
        StringAssert.Contains(result.Output, "bsd-3-clause");
        StringAssert.Contains(result.Output, "resnet50d.ra2_in1k");
        Assert.IsFalse(result.Output.Contains("resnet34", StringComparison.Ordinal));
    }

    [TestMethod]
    public void A_typo_gets_the_nearest_names()
    {
        CommandLine result = CommandLine.Run("weights", "download", "resnet50d.ra3_in1k");
        Assert.AreEqual(1, result.ExitCode);
        StringAssert.Contains(result.Errors, "error: There are no pretrained weights 'resnet50d.ra3_in1k'. Did you mean 'resnet50d.ra2_in1k'");
    }

    [TestMethod]
    public void Offline_a_download_says_what_to_do()
    {
        CommandLine result = CommandLine.Run("weights", "download", "resnet18.a1_in1k");
        Assert.AreEqual(1, result.ExitCode);
        StringAssert.StartsWith(result.Errors, $"error: 'resnet18.a1_in1k' is not in the cache '{folder["cache"]}', and HF_HUB_OFFLINE forbids a download.");
    }

    [TestMethod]
    public void Verify_fails_for_a_damaged_file_and_clear_deletes_it()
    {
        string cached = Path.Combine(folder["cache"], "hub", "timm--resnet18.a1_in1k", "main", "model.safetensors");
        Directory.CreateDirectory(Path.GetDirectoryName(cached)!);
        File.WriteAllText(cached, "damaged");
        File.WriteAllText($"{cached}.json", """{"Sha256":"00"}""");

        CommandLine verified = CommandLine.Run("weights", "verify");
        Assert.AreEqual(1, verified.ExitCode);
        StringAssert.StartsWith(verified.Errors, $"error: '{cached}' is damaged");

        Assert.AreEqual(0, CommandLine.Run("weights", "clear").ExitCode);
        Assert.IsFalse(File.Exists(cached));
        Assert.AreEqual(new CommandLine(0, "", ""), CommandLine.Run("weights", "verify"));
    }

    [TestMethod]
    public void Convert_reads_any_format_and_writes_both()
    {
        string safetensors = folder["tiny.safetensors"], pth = folder["tiny.pth"];
        Assert.AreEqual(0, CommandLine.Run("convert", Checkpoint("tiny_resnet_d_legacy.pth"), safetensors).ExitCode);
        CommandLine back = CommandLine.Run("convert", safetensors, pth);
        Assert.AreEqual((0, $"Wrote {pth} (0.4 MB): 92 tensors of {safetensors}.\n"), (back.ExitCode, back.Errors.ReplaceLineEndings("\n")));
    }

    [TestMethod]
    public void Convert_refuses_a_hostile_file_and_writes_nothing()
    {
        string output = folder["out.safetensors"];
        CommandLine result = CommandLine.Run("convert", Checkpoint("malicious.pth"), output);
        Assert.AreEqual(1, result.ExitCode);
        StringAssert.Contains(result.Errors, "it asks for the global 'posix.system'");
        Assert.IsFalse(File.Exists(output));
    }

    private static string Checkpoint(string file) => Path.Combine(AppContext.BaseDirectory, "Checkpoints", file);
}
