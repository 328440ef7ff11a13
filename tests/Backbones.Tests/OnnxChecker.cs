namespace Backbones.Tests;

/// <summary>The ONNX project's own checker, with shape inference: Debian's and Ubuntu's package python3-onnx.</summary>
internal static class OnnxChecker
{
    public static bool IsInstalled { get; } = SystemPython.Has("onnx");

    public static void Check(string path) => SystemPython.Run("import onnx, sys; onnx.checker.check_model(sys.argv[1], full_check=True)", path);
}

/// <summary>Skips a test where the ONNX checker is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnnxCheckerInstalledAttribute : ConditionBaseAttribute
{
    public OnnxCheckerInstalledAttribute() : base(ConditionMode.Include) => IgnoreMessage = "The ONNX checker is not installed: apt-get install python3-onnx.";

    public override string GroupName => nameof(OnnxCheckerInstalledAttribute);

    public override bool IsConditionMet => OnnxChecker.IsInstalled;
}
