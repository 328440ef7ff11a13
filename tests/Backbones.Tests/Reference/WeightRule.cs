using System.Text;
using static TorchSharp.torch;

namespace Backbones.Tests.Reference;

/// <summary>Weights and input by a rule (FNV-1a of the name seeds SplitMix64), so that reference numbers need no weight files.</summary>
internal static class WeightRule
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    public static void Apply(nn.Module network)
    {
        using IDisposable noGradient = no_grad();
        foreach ((string name, Tensor tensor) in network.state_dict())
        {
            if (name.EndsWith(".num_batches_tracked", StringComparison.Ordinal)) continue;
            tensor.bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(Values(name, tensor.shape).AsSpan());
        }
    }

    /// <summary>[2, 3, size, size], uniform in [-2, 2).</summary>
    public static Tensor Input(int size) => tensor(Uniform("input", 2 * 3 * size * size, u => 4 * u - 2), [2, 3, size, size]);

    public static float[] Values(string name, long[] shape)
    {
        int count = (int)shape.Aggregate(1L, (product, dimension) => product * dimension);
        double bound = Math.Sqrt(3.0 * shape[0] / count);
        Func<double, double> value =
            name.EndsWith("running_var", StringComparison.Ordinal) ? u => 0.75 + 0.5 * u
            : name.EndsWith("running_mean", StringComparison.Ordinal) ? u => 0.1 * (2 * u - 1)
            : shape.Length >= 2 ? u => (2 * u - 1) * bound
            : name.EndsWith(".weight", StringComparison.Ordinal) ? u => 0.5 + 0.5 * u
            : u => 0.1 * (2 * u - 1);
        return Uniform(name, count, value);
    }

    private static float[] Uniform(string name, int count, Func<double, double> value)
    {
        ulong seed = Fnv1A(name);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            ulong z = unchecked(seed + (ulong)(i + 1) * Golden);
            z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
            z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
            z ^= z >> 31;
            values[i] = (float)value((z >> 40) / (double)(1 << 24));
        }
        return values;
    }

    private static ulong Fnv1A(string text) =>
        Encoding.UTF8.GetBytes(text).Aggregate(0xcbf29ce484222325UL, (hash, b) => unchecked((hash ^ b) * 0x100000001b3));
}
