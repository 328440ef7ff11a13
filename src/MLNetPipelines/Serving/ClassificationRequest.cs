namespace ResNetMLNet.MLNetPipelines;

/// <summary>An image on its way through an <see cref="ImageClassificationService"/>, decoded.</summary>
/// <param name="path">Names it in its prediction.</param>
/// <param name="pixels">Rented; whoever runs the request gives it back.</param>
/// <param name="features">[C]; filled already where the cache had them.</param>
/// <param name="prepared">What decoding made of it.</param>
/// <param name="cancellationToken">Says that nobody waits for it any more.</param>
internal sealed class ClassificationRequest(
    string path, byte[] pixels, float[] features, FeaturePipeline.Prepared prepared, CancellationToken cancellationToken)
{
    private readonly TaskCompletionSource<ImagePrediction> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Path => path;

    public byte[] Pixels => pixels;

    public float[] Features => features;

    public FeaturePipeline.Prepared Prepared => prepared;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>The prediction, or why there is none.</summary>
    public Task<ImagePrediction> Prediction => completion.Task;

    public void Complete(ImagePrediction prediction) => completion.SetResult(prediction);

    public void Fail(Exception error)
    {
        completion.SetException(error);
        _ = completion.Task.Exception; // seen, also where its caller has left
    }
}
