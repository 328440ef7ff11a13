namespace ResNetMLNet.MLNetPipelines;

/// <summary>Images as a network's pixels, decoded once for all that is measured on them.</summary>
internal sealed class DecodedImages
{
    private DecodedImages(IReadOnlyList<byte[]> pixels, IReadOnlyList<string?> labels, IReadOnlyList<PassedOver> unreadable) =>
        (Pixels, Labels, Unreadable) = (pixels, labels, unreadable);

    /// <summary>uint8 [H, W, 3] of each image that could be read.</summary>
    public IReadOnlyList<byte[]> Pixels { get; }

    /// <summary>Each one's class; null where that is not known.</summary>
    public IReadOnlyList<string?> Labels { get; }

    /// <summary>Images that could not be read, and why.</summary>
    public IReadOnlyList<PassedOver> Unreadable { get; }

    public int Count => Pixels.Count;

    public static DecodedImages Of(
        IReadOnlyList<CalibrationImage> images, ImagePreprocessor preprocessor, CancellationToken cancellationToken)
    {
        byte[]?[] pixels = new byte[images.Count][];
        string?[] errors = new string?[images.Count];
        ParallelOptions options = new() { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, images.Count, options, i =>
        {
            try
            {
                byte[] room = new byte[preprocessor.PixelCount];
                using Picture picture = images[i].Open();
                picture.Preprocess(preprocessor, room, cancellationToken);
                pixels[i] = room;
            }
            catch (UnreadableImageException unreadable)
            {
                errors[i] = unreadable.Reason;
            }
        });
        int[] read = [.. Enumerable.Range(0, images.Count).Where(i => pixels[i] is not null)];
        return new DecodedImages(
            [.. read.Select(i => pixels[i]!)], [.. read.Select(i => images[i].Label)],
            [.. Enumerable.Range(0, images.Count).Where(i => errors[i] is not null)
                .Select(i => new PassedOver(images[i].Name, errors[i]!))]);
    }
}
