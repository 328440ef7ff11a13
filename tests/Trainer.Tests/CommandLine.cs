using System.Diagnostics;
using System.Text;
using ResNetMLNet.Cli;
using ResNetMLNet.Trainer;

namespace Trainer.Tests;

/// <summary>Runs the command as a user does: its arguments, its exit code, what it writes.</summary>
internal sealed record CommandLine(int ExitCode, string Output, string Errors)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "resnet-mlnet.exe" : "resnet-mlnet");

    /// <summary>In this process, which spares the seconds that one takes to start.</summary>
    public static CommandLine Run(params string[] arguments) => InProcess(() => FirstThread.Serve(() => Runner.RunAsync(arguments)));

    /// <summary>Runs a program's code in this process.</summary>
    /// <param name="program">It gives the exit code.</param>
    public static CommandLine InProcess(Func<int> program)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        (TextWriter outputBefore, TextWriter errorsBefore) = (Console.Out, Console.Error);
        (string? cache, string? offline) = (Environment.GetEnvironmentVariable(CacheVariable), Environment.GetEnvironmentVariable(OfflineVariable));
        Console.SetOut(output);
        Console.SetError(errors);
        Environment.SetEnvironmentVariable(CacheVariable, Cache);
        Environment.SetEnvironmentVariable(OfflineVariable, "1");
        try
        {
            int code = program();
            return new CommandLine(code, output.ToString(), errors.ToString());
        }
        finally
        {
            Environment.SetEnvironmentVariable(CacheVariable, cache);
            Environment.SetEnvironmentVariable(OfflineVariable, offline);
            Console.SetOut(outputBefore);
            Console.SetError(errorsBefore);
        }
    }

    /// <summary>Runs a program in a process of its own: this one, or another that runs it.</summary>
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

    /// <summary>Starts the command so that SIGINT reaches it even where these tests run in the background, for which shells have it ignored.</summary>
    public static Process Start(params string[] arguments) => OperatingSystem.IsLinux()
        ? Start("env", ["--default-signal=INT", Program, .. arguments])
        : Start(Program, arguments);

    /// <summary>Starts the command with variables of its own in place of those that tests have.</summary>
    public static Process StartWith(Dictionary<string, string> environment, params string[] arguments) =>
        Start("env", [.. environment.Select(variable => $"{variable.Key}={variable.Value}"), Program, .. arguments]);

    /// <summary>Sends a signal, such as INT.</summary>
    public static void Signal(Process process, string signal) => Process.Start("kill", [$"-{signal}", $"{process.Id}"]).WaitForExit();

    // No test asks the hub.
    private const string CacheVariable = "RESNETMLNET_CACHE", OfflineVariable = "HF_HUB_OFFLINE";

    // A test that looks at the cache names its own.
    private static string Cache => Environment.GetEnvironmentVariable(CacheVariable) ?? TestCache.Path;

    private static Process Start(string program, string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        Environment = { [CacheVariable] = Cache, [OfflineVariable] = "1", [TestThreads.Variable] = "1", ["DOTNET_TieredPGO"] = "0" },
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

    /// <summary>Refused before anything was done: one line, and nothing on standard output.</summary>
    public void AssertRefused(string problem, string verb)
    {
        Assert.AreEqual(1, ExitCode, Errors);
        Assert.AreEqual($"error: {problem} `{$"resnet-mlnet {verb}".Trim()} --help` shows what it takes.", Errors.TrimEnd());
        Assert.AreEqual("", Output);
    }
}
