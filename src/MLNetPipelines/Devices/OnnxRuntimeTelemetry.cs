using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Turns ONNX Runtime's telemetry off. Left on, its official builds for Linux and macOS write a device identifier and a database of events
/// into the user's cache folder and send them to Microsoft. Whoever sets <c>ORT_DISABLE_TELEMETRY</c> decides: <c>0</c> leaves it on.
/// </summary>
internal static partial class OnnxRuntimeTelemetry
{
    /// <summary>ONNX Runtime's own switch. It is read when the native library starts, so it must be set before.</summary>
    public const string EnvironmentVariable = "ORT_DISABLE_TELEMETRY";

    /// <summary>Sets the switch before any type of this assembly is used, and with it before ONNX Runtime starts.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255",
        Justification = "A model loaded by ML.NET starts ONNX Runtime without a call of ours; nothing else runs early enough.")]
    internal static void SetSwitch()
    {
        // .NET keeps a copy of the environment for itself; native code sees only what setenv sets.
        if (!OperatingSystem.IsWindows()) _ = SetEnvironment(EnvironmentVariable, "1", overwrite: 0);
    }

    /// <summary>On Windows, where the switch has no meaning, the same by ONNX Runtime's function. Loads the native library.</summary>
    public static void TurnOff()
    {
        if (OperatingSystem.IsWindows() && Environment.GetEnvironmentVariable(EnvironmentVariable) != "0")
            OrtEnv.Instance().DisableTelemetryEvents();
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
