namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Along one axis: which input pixels make up each output pixel, and how much each counts. The numbers are those of Pillow's
/// <c>precompute_coeffs</c> and <c>normalize_coeffs_8bpc</c> (src/libImaging/Resample.c, 9.4), to the last bit.
/// </summary>
internal sealed class ResamplingWeights
{
    /// <summary>Bits behind the binary point. 8 bits are the pixel's, 2 are left for a cubic's overshoot and the sign.</summary>
    public const int FractionBits = 32 - 8 - 2;

    private readonly int[] starts;
    private readonly int[] counts;
    private readonly int[] weights;

    /// <param name="inputLength">Pixels of the whole input.</param>
    /// <param name="outputLength">Pixels of the whole output.</param>
    /// <param name="first">First output pixel that is wanted.</param>
    /// <param name="count">How many are wanted.</param>
    /// <param name="interpolation">The filter.</param>
    public ResamplingWeights(int inputLength, long outputLength, long first, int count, Interpolation interpolation)
    {
        double scale = inputLength / (double)outputLength;
        double filterScale = Math.Max(scale, 1); // a picture that shrinks is averaged: the antialiasing
        double inverseScale = 1 / filterScale;
        double support = (interpolation == Interpolation.Bicubic ? 2 : 1) * filterScale;
        starts = new int[count];
        counts = new int[count];
        for (int i = 0; i < count; i++)
        {
            double center = (first + i + 0.5) * scale;
            starts[i] = Math.Max((int)(center - support + 0.5), 0);
            counts[i] = (int)Math.Min(center + support + 0.5, inputLength) - starts[i];
        }

        Stride = (counts.Max() + 3) / 4 * 4;
        weights = new int[checked(count * Stride)];
        double[] exact = new double[Stride];
        for (int i = 0; i < count; i++)
        {
            double center = (first + i + 0.5) * scale;
            double sum = 0;
            for (int k = 0; k < counts[i]; k++)
            {
                double distance = Math.Abs((k + starts[i] - center + 0.5) * inverseScale);
                exact[k] = interpolation == Interpolation.Bicubic ? Cubic(distance) : Triangle(distance);
                sum += exact[k];
            }

            for (int k = 0; k < counts[i]; k++)
            {
                double part = (sum != 0 ? exact[k] / sum : exact[k]) * (1 << FractionBits);
                weights[(i * Stride) + k] = (int)(part < 0 ? part - 0.5 : part + 0.5);
            }
        }
    }

    /// <summary>Weights of an output pixel, a multiple of 4: those behind its last input pixel are 0.</summary>
    public int Stride { get; }

    /// <summary>First input pixel of each output pixel, ascending.</summary>
    public ReadOnlySpan<int> Starts => starts;

    /// <summary>[outputs, <see cref="Stride"/>]: what the input pixels count; about 2^<see cref="FractionBits"/> in sum.</summary>
    public ReadOnlySpan<int> Padded => weights;

    /// <summary>One past the last input pixel that any of the outputs needs.</summary>
    public int InputEnd => starts[^1] + counts[^1];

    /// <summary>The weights of one output pixel without the padding.</summary>
    public ReadOnlySpan<int> For(int index) => weights.AsSpan(index * Stride, counts[index]);

    private static double Triangle(double x) => x < 1 ? 1 - x : 0;

    private static double Cubic(double x)
    {
        const double a = -0.5; // Catmull-Rom; OpenCV and PyTorch tensors have -0.75
        return x switch
        {
            < 1 => ((((a + 2) * x) - (a + 3)) * x * x) + 1,
            < 2 => ((((x - 5) * x) + 8) * x - 4) * a,
            _ => 0,
        };
    }
}
