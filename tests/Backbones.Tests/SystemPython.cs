using System.Diagnostics;

namespace Backbones.Tests;

/// <summary>The system's Python, for what only Python can judge: Debian's and Ubuntu's packages python3-onnx and python3-torch.</summary>
internal static class SystemPython
{
    private const string Python = "/usr/bin/python3";

    public static bool Has(string module) => File.Exists(Python) && Execute($"import {module}", []).ExitCode == 0;

    /// <summary>Runs a script, whose arguments are in <c>sys.argv[1:]</c>; the test fails where it fails.</summary>
    public static void Run(string script, params string[] arguments)
    {
        (int exitCode, string errors) = Execute(script, arguments);
        Assert.AreEqual(0, exitCode, errors);
    }

    /// <summary>Starts a script that reads lines from its standard input and answers on its standard output.</summary>
    public static Process Start(string script) =>
        Process.Start(new ProcessStartInfo(Python, ["-c", script]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    private static (int ExitCode, string Errors) Execute(string script, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Python, ["-c", script, .. arguments]) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors);
    }
}
