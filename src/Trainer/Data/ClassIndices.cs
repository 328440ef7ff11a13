using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>Classes as the numbers that a network's outputs have: in ordinal order of their names, from 0.</summary>
/// <param name="names">The names, or labels of images; in any order, and as often as may be.</param>
internal sealed class ClassIndices(IEnumerable<string> names)
{
    /// <param name="train">The images to train on.</param>
    public ClassIndices(IReadOnlyList<LabeledImage> train) : this(train.Select(image => image.Label))
    {
    }

    /// <summary>The names.</summary>
    public IReadOnlyList<string> Classes { get; } = [.. names.Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The class of each image.</summary>
    /// <exception cref="InvalidDataException">An image is of a class that has no images to train on.</exception>
    public int[] Of(IReadOnlyList<LabeledImage> images)
    {
        ClassNames.RequireKnown(images.Select(image => image.Label), Classes);
        Dictionary<string, int> indices = Classes.Index().ToDictionary(entry => entry.Item, entry => entry.Index, StringComparer.Ordinal);
        return [.. images.Select(image => indices[image.Label])];
    }
}
