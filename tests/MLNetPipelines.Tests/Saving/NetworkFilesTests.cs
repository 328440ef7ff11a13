using System.Diagnostics;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Networks are large, and ML.NET writes them into temporary files: none stays.</summary>
[TestClass]
public sealed class NetworkFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [TestMethod]
    public void A_process_that_disposes_of_nothing_leaves_no_file_and_no_trace_of_telemetry()
    {
        NoiseImage.Write(folder.File("photo.png"), seed: 1, new SkiaSharp.SKColor(90, 120, 60));
        Dictionary<string, string> folders = new[] { "TMPDIR", "HOME", "XDG_CACHE_HOME", "work" }
            .ToDictionary(name => name, name => Directory.CreateDirectory(Path.Combine(folder.Path, name)).FullName);
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "LeavesNothing.dll"),
            new TinyBackbone().Write(folder.File("tiny.onnx")), folders["work"], folder.File("photo.png")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_EnableDiagnostics"] = "0" }, // .NET's own pipes
        };
        start.Environment.Remove(OnnxRuntimeTelemetry.EnvironmentVariable);
        foreach ((string name, string path) in folders) start.Environment[name] = path;

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        Assert.AreEqual("", errors.Result);
        Assert.AreEqual(0, process.ExitCode);
        Assert.StartsWith("2\n2\n'", output);
        foreach (string name in new[] { "TMPDIR", "HOME", "XDG_CACHE_HOME" })
        {
            string[] left = Directory.GetFileSystemEntries(folders[name], "*", SearchOption.AllDirectories);
            Assert.IsEmpty(left, $"{name}: {string.Join(", ", left)}");
        }
    }

    [TestMethod]
    public void Networks_of_dead_processes_are_deleted_and_nothing_else()
    {
        byte[] network = StandInNetwork.Bytes;
        string dead = Write("abcdefgh.ijk", network), ours = Write("resnetmlnet-abcdefgh.ijk", network), locked =
            Write("aaaaaaaa.bbb", network);
        string[] kept = [locked, Write("other.onnx", network), Write("abcdefgh.xyz", "a text"u8.ToArray()),
            Write("abcdefgh.new", network, minutes: 1)];
        using (File.OpenRead(locked))
        {
            NetworkFiles.DeleteAbandoned(folder.Path);
        }

        Assert.IsFalse(File.Exists(dead));
        Assert.IsFalse(File.Exists(ours));
        CollectionAssert.AreEquivalent(kept, Directory.GetFiles(folder.Path));
    }

    public void Dispose() => folder.Dispose();

    private string Write(string name, byte[] content, int minutes = 60)
    {
        string path = folder.File(name);
        File.WriteAllBytes(path, content);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(-minutes));
        return path;
    }
}
