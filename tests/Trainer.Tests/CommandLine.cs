using System.Diagnostics;
using System.Text;

namespace Trainer.Tests;

/// <summary>Runs the real program as a user does: a process, its exit code, what it writes.</summary>
internal sealed record CommandLine(int ExitCode, string Output, string Errors)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "resnet-mlnet.exe" : "resnet-mlnet");

    public static CommandLine Run(params string[] arguments) => RunProgram(Program, arguments);

    /// <summary>Runs another program, which runs this one.</summary>
    public static CommandLine RunProgram(string program, string[] arguments)
    {
        using Process process = Start(program, arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"`{Path.GetFileName(program)} {string.Join(' ', arguments)}` did not end in {Limit.TotalMinutes} minutes.");
        }
        return new CommandLine(process.ExitCode, output, errors.Result);
    }

    public static Process Start(params string[] arguments) => Start(Program, arguments);

    private static Process Start(string program, string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        // A test that looks at the cache names its own.
        Environment =
        {
            ["RESNETMLNET_CACHE"] = Environment.GetEnvironmentVariable("RESNETMLNET_CACHE") ?? TestCache.Path,
            // No test asks the hub.
            ["HF_HUB_OFFLINE"] = "1",
        },
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        StandardOutputEncoding = Encoding.UTF8,
        StandardErrorEncoding = Encoding.UTF8,
    })!;

    public void AssertSucceeded() => Assert.AreEqual(0, ExitCode, Errors);

    /// <summary>Failed with one line, and nothing on standard output.</summary>
    public void AssertFailed(string message)
    {
        Assert.AreEqual(1, ExitCode, Errors);
        Assert.AreEqual($"error: {message}", Errors.TrimEnd().Split('\n')[^1]);
        Assert.AreEqual("", Output);
    }
}
