using System.Diagnostics;

namespace Backbones.Tests;

/// <summary>The ONNX project's own checker, with shape inference: Debian's and Ubuntu's package python3-onnx.</summary>
internal static class OnnxChecker
{
    private const string Python = "/usr/bin/python3";

    public static bool IsInstalled { get; } = File.Exists(Python) && Run("import onnx").ExitCode == 0;

    public static void Check(string path)
    {
        (int exitCode, string errors) = Run($"import onnx; onnx.checker.check_model('{path}', full_check=True)");
        Assert.AreEqual(0, exitCode, errors);
    }

    private static (int ExitCode, string Errors) Run(string script)
    {
        using Process process = Process.Start(new ProcessStartInfo(Python, ["-c", script]) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors);
    }
}

/// <summary>Skips a test where the ONNX checker is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnnxCheckerInstalledAttribute : ConditionBaseAttribute
{
    public OnnxCheckerInstalledAttribute() : base(ConditionMode.Include) => IgnoreMessage = "The ONNX checker is not installed: apt-get install python3-onnx.";

    public override string GroupName => nameof(OnnxCheckerInstalledAttribute);

    public override bool IsConditionMet => OnnxChecker.IsInstalled;
}
