namespace ResNetMLNet.MLNetPipelines;

/// <summary>A request that was refused because as many as <see cref="ImageClassificationServiceOptions.QueueCapacity"/> allows are under way.</summary>
public sealed class ImageQueueFullException : InvalidOperationException
{
    internal ImageQueueFullException(int capacity)
        : base($"{capacity} images are under way already, which is all that QueueCapacity allows. Ask again later, send fewer at a time, or raise it.")
    {
    }
}
