namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Requests through the network and the head, a batch at a time, on one thread: ML.NET's prediction engine is for one thread only,
/// and the network uses all cores by itself.
/// </summary>
/// <param name="classifier">The model; not disposed of.</param>
/// <param name="keep">Gets the features that the network computed.</param>
internal sealed class BatchClassification(ImageClassifier classifier, CacheWriter? keep)
{
    private readonly FeaturePipeline pipeline = classifier.Featurizer.Pipeline;
    private readonly int pixelCount = classifier.Featurizer.Preprocessor.PixelCount;
    private readonly int featureCount = classifier.Featurizer.FeatureCount;
    private readonly Func<string, float[], ImagePrediction> predict = classifier.CreateEngine();
    private byte[] pixels = [];
    private float[] features = [];

    /// <summary>
    /// Completes every request. Where it throws, out of a GPU's memory, say, those that are not completed are to be failed.
    /// </summary>
    public void Run(IReadOnlyList<ClassificationRequest> requests)
    {
        foreach (ClassificationRequest left in requests.Where(request => request.CancellationToken.IsCancellationRequested))
        {
            left.Fail(new OperationCanceledException(left.CancellationToken));
        }

        List<ClassificationRequest> wanted = [.. requests.Where(request => !request.Prediction.IsCompleted)];
        Featurize([.. wanted.Where(request => !request.Prepared.HasFeatures)]);
        ImagePrediction[] predictions = [.. wanted.Select(Predict)];
        foreach ((ClassificationRequest request, ImagePrediction prediction) in wanted.Zip(predictions)) request.Complete(prediction);
    }

    private void Featurize(List<ClassificationRequest> missing)
    {
        if (missing.Count == 0) return;
        if (pixels.Length < missing.Count * pixelCount) pixels = new byte[missing.Count * pixelCount];
        if (features.Length < missing.Count * featureCount) features = new float[missing.Count * featureCount];
        foreach ((int place, ClassificationRequest request) in missing.Index())
        {
            request.Pixels.AsSpan(0, pixelCount).CopyTo(pixels.AsSpan(place * pixelCount));
        }

        pipeline.Network.Run(pixels.AsMemory(0, missing.Count * pixelCount), features.AsMemory(0, missing.Count * featureCount),
            missing.Count, CancellationToken.None);
        foreach ((int place, ClassificationRequest request) in missing.Index())
        {
            features.AsSpan(place * featureCount, featureCount).CopyTo(request.Features);
            keep?.Keep(request.Prepared, request.Features);
        }
    }

    private ImagePrediction Predict(ClassificationRequest request)
    {
        pipeline.Finish(request.Features);
        return predict(request.Path, request.Features);
    }
}
