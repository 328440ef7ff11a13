using System.Reflection;
using System.Runtime.InteropServices;

namespace ResNetMLNet.Trainer;

/// <summary>What a result was made with.</summary>
internal static class Versions
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["ResNetMLNet"] = Of(typeof(Versions)),
        ["Microsoft.ML"] = Of(typeof(Microsoft.ML.MLContext)),
        ["Microsoft.ML.OnnxRuntime"] = Of(typeof(Microsoft.ML.OnnxRuntime.InferenceSession)),
        ["TorchSharp"] = Of(typeof(TorchSharp.torch)),
        [".NET"] = Environment.Version.ToString(),
        ["runtime"] = RuntimeInformation.RuntimeIdentifier,
    };

    // Without the commit that some builds append.
    private static string Of(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
