using System.Runtime.InteropServices;
using System.Text;
using ResNetMLNet.Backbones;
using static TorchSharp.torch;

namespace Backbones.Tests.Reference;

/// <summary>Weights and input by a rule (FNV-1a of the name seeds SplitMix64), so that reference numbers need no weight files.</summary>
internal static class WeightRule
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>A network with these weights, in evaluation mode.</summary>
    public static Backbone Network(BackboneSpec spec)
    {
        var backbone = new Backbone(spec, device: null, initialize: false);
        Apply(backbone);
        backbone.eval();
        return backbone;
    }

    public static void Apply(nn.Module network)
    {
        using IDisposable noGradient = no_grad();
        foreach ((string name, Tensor tensor) in network.state_dict())
        {
            if (name.EndsWith(".num_batches_tracked", StringComparison.Ordinal)) continue;
            (double scale, double offset) = Range(name, tensor.shape);
            Fill(name, scale, offset, MemoryMarshal.Cast<byte, float>(tensor.bytes));
        }
    }

    /// <summary>[2, 3, size, size], uniform in [-2, 2).</summary>
    public static Tensor Input(int size)
    {
        float[] values = new float[2 * 3 * size * size];
        Fill("input", 4, -2, values);
        return tensor(values, [2, 3, size, size]);
    }

    /// <summary>The values are scale times u in [0, 1), plus offset.</summary>
    private static (double Scale, double Offset) Range(string name, long[] shape)
    {
        if (name.EndsWith("running_var", StringComparison.Ordinal)) return (0.5, 0.75);
        if (name.EndsWith("running_mean", StringComparison.Ordinal)) return (0.2, -0.1);
        if (shape.Length >= 2)
        {
            double bound = Math.Sqrt(3.0 / shape.Skip(1).Aggregate(1L, (product, dimension) => product * dimension));
            return (2 * bound, -bound);
        }
        return name.EndsWith(".weight", StringComparison.Ordinal) ? (0.5, 0.5) : (0.2, -0.1);
    }

    private static void Fill(string name, double scale, double offset, Span<float> values)
    {
        ulong state = Fnv1A(name);
        double step = scale / (1 << 24);
        for (int i = 0; i < values.Length; i++)
        {
            state += Golden;
            ulong z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            values[i] = (float)(step * (z >> 40) + offset);
        }
    }

    private static ulong Fnv1A(string text) =>
        Encoding.UTF8.GetBytes(text).Aggregate(0xcbf29ce484222325UL, (hash, b) => unchecked((hash ^ b) * 0x100000001b3));
}
