using System.Diagnostics;
using System.Text.Json;

namespace Trainer.Tests;

/// <summary>The commands <c>weights</c> and <c>convert</c>, as a user runs them.</summary>
[TestClass]
public sealed class WeightsCommandTests
{
    private readonly string folder = Directory.CreateTempSubdirectory("resnetmlnet-").FullName;

    [TestCleanup]
    public void Delete() => Directory.Delete(folder, recursive: true);

    [TestMethod]
    public void List_prints_the_catalog_as_JSON_and_nothing_else()
    {
        Result result = Run("weights", "list", "--json");
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
        Result result = Run("weights", "list", "resnet18", "resnet50d.ra2_in1k");
        StringAssert.Contains(result.Output, "resnet18.tv_in1k");
        StringAssert.Contains(result.Output, "bsd-3-clause");
        StringAssert.Contains(result.Output, "resnet50d.ra2_in1k");
        Assert.IsFalse(result.Output.Contains("resnet34", StringComparison.Ordinal));
    }

    [TestMethod]
    public void A_typo_gets_the_nearest_names()
    {
        Result result = Run("weights", "download", "resnet50d.ra3_in1k");
        Assert.AreEqual(1, result.ExitCode);
        StringAssert.Contains(result.Errors, "error: There are no pretrained weights 'resnet50d.ra3_in1k'. Did you mean 'resnet50d.ra2_in1k'");
    }

    [TestMethod]
    public void Offline_a_download_says_what_to_do()
    {
        Result result = Run("weights", "download", "resnet18.a1_in1k");
        Assert.AreEqual(1, result.ExitCode);
        StringAssert.StartsWith(result.Errors, $"error: 'resnet18.a1_in1k' is not in the cache '{folder}', and HF_HUB_OFFLINE forbids a download.");
    }

    [TestMethod]
    public void Verify_fails_for_a_damaged_file_and_clear_deletes_it()
    {
        string cached = Path.Combine(folder, "hub", "timm--resnet18.a1_in1k", "main", "model.safetensors");
        Directory.CreateDirectory(Path.GetDirectoryName(cached)!);
        File.WriteAllText(cached, "damaged");
        File.WriteAllText($"{cached}.json", """{"Sha256":"00"}""");

        Result verified = Run("weights", "verify");
        Assert.AreEqual(1, verified.ExitCode);
        StringAssert.StartsWith(verified.Errors, $"error: '{cached}' is damaged");

        Assert.AreEqual(0, Run("weights", "clear").ExitCode);
        Assert.IsFalse(File.Exists(cached));
        Assert.AreEqual((0, "", ""), ((int, string, string))Run("weights", "verify"));
    }

    [TestMethod]
    public void Convert_reads_any_format_and_writes_both()
    {
        string safetensors = Path.Combine(folder, "tiny.safetensors"), pth = Path.Combine(folder, "tiny.pth");
        Assert.AreEqual(0, Run("convert", Checkpoint("tiny_resnet_d_legacy.pth"), safetensors).ExitCode);
        Result back = Run("convert", safetensors, pth);
        Assert.AreEqual((0, $"Wrote {pth} (0.4 MB): 92 tensors of {safetensors}.\n"), (back.ExitCode, back.Errors.ReplaceLineEndings("\n")));
    }

    [TestMethod]
    public void Convert_refuses_a_hostile_file_and_writes_nothing()
    {
        string output = Path.Combine(folder, "out.safetensors");
        Result result = Run("convert", Checkpoint("malicious.pth"), output);
        Assert.AreEqual(1, result.ExitCode);
        StringAssert.Contains(result.Errors, "it asks for the global 'posix.system'");
        Assert.IsFalse(File.Exists(output));
    }

    private static string Checkpoint(string file) => Path.Combine(AppContext.BaseDirectory, "Checkpoints", file);

    private Result Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "resnet-mlnet.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["RESNETMLNET_CACHE"] = folder;
        start.Environment["HF_HUB_OFFLINE"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Result(process.ExitCode, output, errors.Result);
    }

    private readonly record struct Result(int ExitCode, string Output, string Errors)
    {
        public static implicit operator (int, string, string)(Result result) => (result.ExitCode, result.Output, result.Errors);
    }
}
