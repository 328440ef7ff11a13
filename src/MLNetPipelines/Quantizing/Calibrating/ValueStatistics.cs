using System.Numerics.Tensors;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>What calibration remembers of a value of the network.</summary>
internal sealed class ValueStatistics
{
    private double[] sums = [];
    private long perChannel;

    public ValueHistogram Histogram { get; } = new();

    /// <summary>The mean of each channel.</summary>
    public double[] Means => [.. sums.Select(sum => sum / perChannel)];

    /// <param name="numbers">[N, C, ...].</param>
    /// <param name="shape">The dimensions.</param>
    public void Add(ReadOnlySpan<float> numbers, ReadOnlySpan<long> shape)
    {
        Histogram.Add(numbers);
        int channels = (int)shape[1], plane = numbers.Length / (int)(shape[0] * shape[1]);
        if (sums.Length == 0) sums = new double[channels];
        for (int i = 0; i < numbers.Length / plane; i++) sums[i % channels] += TensorPrimitives.Sum(numbers.Slice(i * plane, plane));
        perChannel += shape[0] * plane;
    }
}
