using System.Globalization;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// How much an image of each class counts in training: against folders of unequal sizes, or where one mistake costs more than another.
/// </summary>
public abstract record ClassWeights
{
    private ClassWeights()
    {
    }

    /// <summary>Every image counts the same; a class with few images is predicted the less.</summary>
    public static ClassWeights None { get; } = new Same();

    /// <summary>Every class counts the same: an image has the weight images / (classes * images of its class), on average 1.</summary>
    public static ClassWeights Balanced { get; } = new Inverse();

    /// <summary>Weights of one's own.</summary>
    /// <param name="weights">More than 0, by the class's name; a class that is not named has 1.</param>
    /// <exception cref="ArgumentException">A weight is not more than 0.</exception>
    public static ClassWeights Of(IReadOnlyDictionary<string, double> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        foreach ((string name, double weight) in weights)
        {
            if (!double.IsFinite(weight) || weight <= 0)
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"The weight of class '{name}' is {weight}. A weight is more than 0; leave the class's images out where they are not "
                        + $"to count."));
            }
        }

        return new Given(weights);
    }

    /// <summary>Computes the weights for a data set.</summary>
    /// <param name="imagesOfClass">How many images each class has.</param>
    /// <returns>The weight of an image of each class; null where all count the same.</returns>
    /// <exception cref="InvalidDataException">There is a weight for a class that has no images.</exception>
    public abstract IReadOnlyDictionary<string, float>? Compute(IReadOnlyDictionary<string, int> imagesOfClass);

    private sealed record Same : ClassWeights
    {
        public override IReadOnlyDictionary<string, float>? Compute(IReadOnlyDictionary<string, int> imagesOfClass) => null;
    }

    private sealed record Inverse : ClassWeights
    {
        public override IReadOnlyDictionary<string, float> Compute(IReadOnlyDictionary<string, int> imagesOfClass)
        {
            double mean = imagesOfClass.Values.Average();
            return imagesOfClass.ToDictionary(entry => entry.Key, entry => (float)(mean / entry.Value));
        }
    }

    private sealed record Given(IReadOnlyDictionary<string, double> Weights) : ClassWeights
    {
        public override IReadOnlyDictionary<string, float> Compute(IReadOnlyDictionary<string, int> imagesOfClass) =>
            Weights.Keys.FirstOrDefault(name => !imagesOfClass.ContainsKey(name)) is string unknown
                ? throw new InvalidDataException(
                    $"There is a weight for class '{unknown}', which has no images. The classes are "
                        + $"'{string.Join("', '", imagesOfClass.Keys.Order(StringComparer.Ordinal))}'.")
                : imagesOfClass.Keys.ToDictionary(name => name, name => (float)Weights.GetValueOrDefault(name, 1));
    }
}
