namespace ResNetMLNet.Trainer;

/// <summary>
/// Random numbers that depend on what they are for and on nothing else, so that they are the same on any number of threads:
/// SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195), started from a hash of seed, epoch and place.
/// </summary>
internal struct RandomStream
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    private ulong state;

    /// <param name="seed">Of the training.</param>
    /// <param name="epoch">Of the training, from 0.</param>
    /// <param name="place">What the numbers are for: an image's place in the epoch, or a negative number of the caller's.</param>
    public RandomStream(int seed, int epoch, int place) =>
        state = Mix(Mix(Mix((uint)seed + GoldenGamma) + (uint)epoch + GoldenGamma) + (uint)place + GoldenGamma);

    /// <summary>A number in [0, 1).</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number in [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public double Uniform(double from, double to) => from + ((to - from) * Unit());

    /// <summary>A number of the standard normal distribution (Box and Muller 1958, doi:10.1214/aoms/1177706645).</summary>
    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - Unit())) * Math.Cos(2 * Math.PI * Unit());

    /// <summary>A whole number from 0 to below <paramref name="count"/>.</summary>
    public int Below(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);

    /// <summary>True with a probability; 0 is never, 1 always.</summary>
    public bool Happens(double probability) => Unit() < probability;

    /// <summary>Puts items into a random order.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int other = Below(i + 1);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }

    private ulong Next()
    {
        state += GoldenGamma;
        return Mix(state);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
