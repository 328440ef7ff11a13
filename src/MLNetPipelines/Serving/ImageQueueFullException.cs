namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A request that was refused because as many images as <see cref="ImageClassificationServiceOptions.QueueCapacity"/>, or as many bytes as
/// <see cref="ImageClassificationServiceOptions.ByteBudget"/> allows are under way.
/// </summary>
public sealed class ImageQueueFullException : InvalidOperationException
{
    private ImageQueueFullException(string message)
        : base(message)
    {
    }

    internal static ImageQueueFullException OfImages(int capacity) =>
        new($"{capacity} images are under way already, which is all that QueueCapacity allows. Ask again later, send fewer at a time, or "
            + $"raise it.");

    internal static ImageQueueFullException OfBytes() =>
        new("The images that are being read take all the bytes that ByteBudget allows. Ask again later, send fewer at a time, or raise "
            + "it.");
}
