using System.Buffers;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// An image on its way through an <see cref="ImageClassificationService"/>, decoded. It has a place until it is completed or fails.
/// </summary>
/// <param name="path">Names it in its prediction.</param>
/// <param name="pixels">Rented; given back with the place.</param>
/// <param name="features">[C]; filled already where the cache had them.</param>
/// <param name="prepared">What decoding made of it.</param>
/// <param name="places">Gets the place back.</param>
/// <param name="cancellationToken">Says that nobody waits for it any more.</param>
internal sealed class ClassificationRequest(
    string path, byte[] pixels, float[] features, FeaturePipeline.Prepared prepared, SemaphoreSlim places,
        CancellationToken cancellationToken)
{
    private readonly TaskCompletionSource<ImagePrediction> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int left;

    public string Path => path;

    public byte[] Pixels => pixels;

    public float[] Features => features;

    public FeaturePipeline.Prepared Prepared => prepared;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>The prediction, or why there is none.</summary>
    public Task<ImagePrediction> Prediction => completion.Task;

    /// <summary>Gives the place back and then answers: whoever gets the answer may ask for the next image.</summary>
    public void Complete(ImagePrediction prediction)
    {
        Leave();
        completion.TrySetResult(prediction);
    }

    /// <inheritdoc cref="Complete"/>
    public void Fail(Exception error)
    {
        Leave();
        completion.TrySetException(error);
        _ = completion.Task.Exception; // seen, also where its caller has left
    }

    private void Leave()
    {
        if (Interlocked.Exchange(ref left, 1) != 0) return;
        ArrayPool<byte>.Shared.Return(pixels);
        places.Release();
    }
}
