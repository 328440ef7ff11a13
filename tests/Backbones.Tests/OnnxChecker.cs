using System.Diagnostics;

namespace Backbones.Tests;

/// <summary>
/// The ONNX project's own checker, with shape inference: Debian's and Ubuntu's package python3-onnx. One process checks every file; to
/// start Python takes longer than to check.
/// </summary>
[TestClass]
public static class OnnxChecker
{
    private const string Script =
        """
        import onnx, sys
        for line in sys.stdin:
            try:
                onnx.checker.check_model(line.rstrip('\n'), full_check=True)
                print('passed', flush=True)
            except Exception as e:
                print(repr(e), flush=True)
        """;

    private static readonly Lazy<Process> Python = new(() => SystemPython.Start(Script));

    public static bool IsInstalled { get; } = SystemPython.Has("onnx");

    /// <summary>Fails the test where the file does not pass.</summary>
    public static void Check(string path)
    {
        lock (Python)
        {
            Python.Value.StandardInput.WriteLine(path);
            Assert.AreEqual("passed", Python.Value.StandardOutput.ReadLine(), path);
        }
    }

    [AssemblyCleanup]
    public static void Stop()
    {
        if (Python.IsValueCreated) SystemPython.Stop(Python.Value);
        SystemPython.Stop();
    }
}

/// <summary>Skips a test where the ONNX checker is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnnxCheckerInstalledAttribute : ConditionBaseAttribute
{
    public OnnxCheckerInstalledAttribute() : base(ConditionMode.Include) =>
        IgnoreMessage = "The ONNX checker is not installed: apt-get install python3-onnx.";

    public override string GroupName => nameof(OnnxCheckerInstalledAttribute);

    public override bool IsConditionMet => OnnxChecker.IsInstalled;
}
