using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ResNetMLNet;

/// <summary>
/// Turns code generation and reflection on where a build turned them off for the sake of native compilation and the program runs on the
/// ordinary runtime after all: <c>dotnet run app.cs</c> does so by default. ML.NET generates code for every row type, and without it ends
/// in "Exception has been thrown by the target of an invocation".
/// </summary>
internal static class DynamicCode
{
    private static readonly string[] switches =
    [
        "System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported",
            "System.Text.Json.JsonSerializer.IsReflectionEnabledByDefault",
    ];

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255",
        Justification =
        "The runtime reads a switch once, so it has to be set before anything here runs. The packages' buildTransitive properties do it "
        + "earlier still.")]
    internal static void Allow()
    {
        foreach (string name in switches)
        {
            if (AppContext.TryGetSwitch(name, out bool allowed) && !allowed) AppContext.SetSwitch(name, true);
        }
    }
}
