using TorchSharp;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>Looks for NaN and infinity before anything is kept.</summary>
internal static class FiniteTensors
{
    /// <returns>The name of the first tensor that has one; null where none has.</returns>
    public static string? FirstOther(IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        using IDisposable noGradient = no_grad();
        foreach ((string name, Tensor tensor) in tensors)
        {
            if (!tensor.is_floating_point()) continue;
            using DisposeScope temporaries = NewDisposeScope();
            if (!tensor.isfinite().all().item<bool>()) return name;
        }
        return null;
    }
}
