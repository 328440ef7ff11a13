using System.Numerics.Tensors;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A layer's weights as 8-bit integers, with a scale for each output channel and zero in the middle: what ONNX Runtime has its fast
/// kernels for.
/// </summary>
internal sealed class RoundedWeights
{
    // A bias is a whole number of products of the scales of input and weights; half of what 32 bits hold is left to the sums.
    private const float LargestBias = 1 << 30;

    private const float SmallestScale = 1e-12f;

    /// <param name="weights">[O, ...].</param>
    /// <param name="bias">[O].</param>
    /// <param name="inputScale">The scale of what the layer reads.</param>
    /// <param name="portable">Whether weights have 7 bits, for processors that add two products in 16 bits.</param>
    public RoundedWeights(float[] weights, float[] bias, float inputScale, bool portable)
    {
        int channels = bias.Length, length = weights.Length / channels;
        Levels = portable ? 64 : 127;
        Values = new sbyte[weights.Length];
        Scales = new float[channels];
        for (int channel = 0; channel < channels; channel++)
        {
            ReadOnlySpan<float> row = weights.AsSpan(channel * length, length);
            float scale = Math.Max(Math.Abs(TensorPrimitives.MaxMagnitude(row)) / Levels, SmallestScale);

            // Of a channel with next to no weights the bias decides.
            Scales[channel] = Math.Max(scale, Math.Abs(bias[channel]) / (inputScale * LargestBias));
            for (int i = 0; i < length; i++)
                Values[channel * length + i] = (sbyte)Math.Clamp(MathF.Round(row[i] / Scales[channel]), -Levels, Levels);
        }
    }

    /// <summary>[O, ...], as the weights were.</summary>
    public sbyte[] Values { get; }

    /// <summary>[O].</summary>
    public float[] Scales { get; }

    private int Levels { get; }

    /// <summary>What rounding adds to a weight.</summary>
    public double Error(float[] weights, int index) =>
        Values[index] * (double)Scales[index / (weights.Length / Scales.Length)] - weights[index];
}
