namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Along one axis: which input pixels make up each output pixel, and how much each counts. The numbers are those of Pillow's
/// <c>precompute_coeffs</c> and <c>normalize_coeffs_8bpc</c> (src/libImaging/Resample.c, 9.4), to the last bit.
/// </summary>
internal sealed class ResamplingWeights
{
    /// <summary>Bits behind the binary point. 8 bits are the pixel's, 2 are left for a cubic's overshoot and the sign.</summary>
    public const int FractionBits = 32 - 8 - 2;

    private readonly int stride;
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
        stride = ((int)Math.Ceiling(support) * 2) + 1;
        starts = new int[count];
        counts = new int[count];
        weights = new int[checked(count * stride)];

        Span<double> exact = stride <= 256 ? stackalloc double[stride] : new double[stride];
        for (int i = 0; i < count; i++)
        {
            double center = (first + i + 0.5) * scale;
            int start = Math.Max((int)(center - support + 0.5), 0);
            int end = (int)Math.Min(center + support + 0.5, inputLength);
            starts[i] = start;
            counts[i] = end - start;

            double sum = 0;
            for (int x = start; x < end; x++)
            {
                double distance = Math.Abs((x - center + 0.5) * inverseScale);
                double weight = interpolation == Interpolation.Bicubic ? Cubic(distance) : Triangle(distance);
                exact[x - start] = weight;
                sum += weight;
            }

            for (int k = 0; k < end - start; k++)
            {
                double part = (sum != 0 ? exact[k] / sum : exact[k]) * (1 << FractionBits);
                weights[(i * stride) + k] = (int)(part < 0 ? part - 0.5 : part + 0.5);
            }
        }
    }

    /// <summary>First input pixel that any of the outputs needs.</summary>
    public int InputStart => starts[0];

    /// <summary>One past the last input pixel that any of the outputs needs.</summary>
    public int InputEnd => starts[^1] + counts[^1];

    /// <summary>First input pixel of the output pixel <paramref name="index"/>, counted from the first that is wanted.</summary>
    public int Start(int index) => starts[index];

    /// <summary>What its input pixels count, from <see cref="Start"/> on; about 2^<see cref="FractionBits"/> in sum.</summary>
    public ReadOnlySpan<int> For(int index) => weights.AsSpan(index * stride, counts[index]);

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
