using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Trainer.Tests;

/// <summary>Signals end every wait, and what is half-made goes.</summary>
[TestClass]
[OSCondition(ConditionMode.Exclude, OperatingSystems.Windows, IgnoreMessage = "Windows has no such signals to send.")]
public sealed class InterruptionTests
{
    private readonly TemporaryFolder folder = new();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    /// <summary>A pipe that nobody writes into: the thread that reads it cannot be told to stop.</summary>
    [TestMethod]
    [DataRow("INT", 130)]
    [DataRow("TERM", 143)]
    [DataRow("HUP", 129)]
    public void A_read_that_never_ends_is_left(string signal, int code)
    {
        string pipe = folder["recipe.json"];
        Process.Start("mkfifo", [pipe]).WaitForExit();
        using Process process = CommandLine.Start("train", TemporaryFolder.Flowers, "--tune", "all", "--recipe", pipe, "--output", folder["model"]);
        // Opening it for writing waits for the reader, who then waits for what is written.
        Task<FileStream> writer = Task.Run(() => new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite));
        Assert.IsTrue(writer.Wait(TimeSpan.FromSeconds(60)), "the recipe is not read");
        using FileStream open = writer.Result;
        AssertEnds(process, signal, code);
    }

    [TestMethod]
    public void A_download_that_never_comes_is_left()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string hub = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        using Process process = CommandLine.StartWith(
            new() { ["HF_ENDPOINT"] = hub, ["HF_HUB_OFFLINE"] = "0", ["RESNETMLNET_CACHE"] = folder["cache"] }, "weights", "download", "resnet18.a1_in1k");
        using TcpClient client = listener.AcceptTcpClient();
        AssertEnds(process, "TERM", 143);
    }

    private static void AssertEnds(Process process, string signal, int code)
    {
        Thread.Sleep(100);
        CommandLine.Signal(process, signal);
        string errors = process.StandardError.ReadToEnd();
        Assert.IsTrue(process.WaitForExit(TimeSpan.FromMinutes(1)), "still running");
        Assert.AreEqual(code, process.ExitCode, errors);
        Assert.AreEqual("error: Stopped; nothing was written.", errors.TrimEnd().Split('\n')[^1]);
        Assert.AreEqual("", process.StandardOutput.ReadToEnd());
    }
}
