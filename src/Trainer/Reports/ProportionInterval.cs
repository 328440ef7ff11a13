namespace ResNetMLNet.Trainer;

/// <summary>Where a proportion lies that was counted on a sample, at 95 % confidence.</summary>
/// <param name="Low">0 to 1.</param>
/// <param name="High">0 to 1.</param>
public sealed record ProportionInterval(double Low, double High)
{
    // The normal distribution has 95 % within so many standard deviations.
    private const double Deviations = 1.959963984540054;

    /// <summary>
    /// Wilson's score interval (1927, doi:10.1080/01621459.1927.10502953), which stays within 0 to 1 and holds for few images too.
    /// </summary>
    /// <param name="proportion">Counted, 0 to 1.</param>
    /// <param name="count">The sample's size; of 0 nothing is known.</param>
    public static ProportionInterval Of(double proportion, int count)
    {
        if (count == 0) return new ProportionInterval(0, 1);
        const double squared = Deviations * Deviations;
        double middle = (proportion + squared / (2 * count)) / (1 + squared / count);
        double half = Deviations / (1 + squared / count) * Math.Sqrt(
            proportion * (1 - proportion) / count + squared / (4.0 * count * count));
        return new ProportionInterval(Math.Max(0, middle - half), Math.Min(1, middle + half));
    }

    /// <summary>
    /// The difference of two proportions of independent samples, first less second (Newcombe 1998, method 10,
    /// doi:10.1002/(SICI)1097-0258(19980430)17:8&lt;873).
    /// </summary>
    public static ProportionInterval OfDifference(double first, int firstCount, double second, int secondCount)
    {
        ProportionInterval a = Of(first, firstCount), b = Of(second, secondCount);
        double difference = first - second;
        return new ProportionInterval(
            difference - Math.Sqrt(Math.Pow(first - a.Low, 2) + Math.Pow(b.High - second, 2)),
            difference + Math.Sqrt(Math.Pow(a.High - first, 2) + Math.Pow(second - b.Low, 2)));
    }
}
