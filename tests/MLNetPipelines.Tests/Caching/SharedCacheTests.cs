using System.Diagnostics;
using System.Globalization;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Processes that use one cache at the same time.</summary>
[TestClass]
public sealed class SharedCacheTests : IDisposable
{
    private const int Count = 300;
    private readonly TemporaryFolder folder = new();
    private readonly string backbone;
    private readonly string[] images;
    private readonly List<Process> processes = [];

    public SharedCacheTests()
    {
        backbone = new TinyBackbone().Write(folder.File("tiny.onnx"));
        images = NoiseImage.WriteMany(folder, Count);
    }

    private string Cache => Path.Combine(folder.Path, "cache");

    [TestMethod]
    public void Two_processes_are_both_right_and_a_third_computes_nothing()
    {
        string[] expected = Uncached();
        Process[] together = [Start(), Start()];
        Array.ForEach(together, Go); // the same images in the same order: they write the same files at the same time
        foreach (Task<string[]> lines in together.Select(process => Task.Run(() => Finish(process))).ToArray())
        {
            CollectionAssert.AreEqual(expected, lines.Result[..^1]);
        }

        string[] files = Directory.GetFiles(Cache, "*", SearchOption.AllDirectories);
        Assert.HasCount(Count, files, "an entry for each image and nothing left half-written");
        Process third = Start();
        Go(third);
        string[] cached = Finish(third);
        CollectionAssert.AreEqual(expected, cached[..^1]);
        Assert.AreEqual(Count.ToString(CultureInfo.InvariantCulture), cached[^1]);
    }

    public void Dispose()
    {
        foreach (Process process in processes)
        {
            if (!process.HasExited) process.Kill();
            process.Dispose();
        }

        folder.Dispose();
    }

    private string[] Uncached()
    {
        using ImageFeaturizer featurizer = ImageFeaturizer.Open(backbone,
            new FeaturizeImagesOptions { Device = ComputeDevice.Cpu, BatchSize = 4 });
        return [.. featurizer.Featurize(images).Select(image => $"{image.Path}\t{string.Join(' ', image.Features!)}")];
    }

    private Process Start()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "CachedFeatures.dll");
        Process process = Process.Start(new ProcessStartInfo("dotnet", [program, backbone, Cache, .. images])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        processes.Add(process);
        Assert.AreEqual("ready", process.StandardOutput.ReadLine());
        return process;
    }

    private static void Go(Process process) => process.StandardInput.WriteLine();

    private static string[] Finish(Process process)
    {
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.AreEqual("", process.StandardError.ReadToEnd());
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode);
        return lines;
    }
}
