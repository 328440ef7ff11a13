using System.Diagnostics;
using System.Text.Json;

namespace Backbones.Tests;

/// <summary>The system's Python, for what only Python can judge: Debian's and Ubuntu's packages python3-onnx and python3-torch.</summary>
internal static class SystemPython
{
    private const string Python = "/usr/bin/python3";

    // To import torch takes seconds: one process runs all scripts, in the namespace in which pickle looks for their classes.
    private const string Interpreter =
        """
        import json, sys, traceback
        for line in sys.stdin:
            script, sys.argv = json.loads(line)
            error = ''
            try:
                exec(script, globals())
            except Exception:
                error = traceback.format_exc()
            print(json.dumps(error), flush=True)
        """;

    private static readonly Lazy<Process> Scripts = new(() => Start(Interpreter));

    /// <summary>Without importing it.</summary>
    public static bool Has(string module)
    {
        if (!File.Exists(Python)) return false;
        using Process process = Process.Start(Python, ["-c", $"import importlib.util, sys; sys.exit(importlib.util.find_spec('{module}') is None)"]);
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    /// <summary>Runs a script, whose arguments are in <c>sys.argv[1:]</c>; the test fails where it fails.</summary>
    public static void Run(string script, params string[] arguments)
    {
        lock (Scripts)
        {
            Scripts.Value.StandardInput.WriteLine(JsonSerializer.Serialize(new object[] { script, (string[])["script", .. arguments] }));
            string answer = Scripts.Value.StandardOutput.ReadLine() ?? throw new AssertFailedException("Python has ended.");
            Assert.AreEqual("", JsonSerializer.Deserialize<string>(answer));
        }
    }

    public static void Stop()
    {
        if (Scripts.IsValueCreated) Stop(Scripts.Value);
    }

    /// <summary>Ends a script that reads its standard input to the end.</summary>
    public static void Stop(Process script)
    {
        script.StandardInput.Close();
        script.WaitForExit();
        script.Dispose();
    }

    /// <summary>Starts a script that reads lines from its standard input and answers on its standard output.</summary>
    public static Process Start(string script) =>
        Process.Start(new ProcessStartInfo(Python, ["-c", script]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
}
