using System.Buffers;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Requests through the network and the head, a batch at a time, on one thread: ML.NET's prediction engine is for one thread only,
/// and the network uses all cores by itself.
/// </summary>
/// <param name="classifier">The model; not disposed of.</param>
/// <param name="places">Gets a place back for each request.</param>
internal sealed class BatchClassification(ImageClassifier classifier, SemaphoreSlim places)
{
    private readonly FeaturePipeline pipeline = classifier.Featurizer.Pipeline;
    private readonly int pixelCount = classifier.Featurizer.Preprocessor.PixelCount;
    private readonly int featureCount = classifier.Featurizer.FeatureCount;
    private readonly Func<float[], IReadOnlyList<ClassProbability>> rank = classifier.CreateRanking();
    private byte[] pixels = [];
    private float[] features = [];

    /// <summary>Completes every request, one way or another.</summary>
    public void Run(IReadOnlyList<ClassificationRequest> requests)
    {
        List<ClassificationRequest> wanted = [.. requests.Where(request => !request.CancellationToken.IsCancellationRequested)];
        List<ClassificationRequest> missing = [.. wanted.Where(request => !request.Prepared.HasFeatures)];
        if (pixels.Length < missing.Count * pixelCount) pixels = new byte[missing.Count * pixelCount];
        foreach ((int place, ClassificationRequest request) in missing.Index())
        {
            request.Pixels.AsSpan(0, pixelCount).CopyTo(pixels.AsSpan(place * pixelCount));
        }

        foreach (ClassificationRequest request in requests) ArrayPool<byte>.Shared.Return(request.Pixels);
        ImagePrediction[] predictions = [];
        Exception? failure = null;
        try
        {
            Featurize(missing);
            predictions = [.. wanted.Select(Predict)];
        }
        catch (Exception error)
        {
            failure = error; // out of a GPU's memory, say: the next batch may do better
        }

        places.Release(requests.Count); // before their callers go on: they may ask for the next ones
        foreach ((int index, ClassificationRequest request) in wanted.Index())
        {
            if (failure is null) request.Complete(predictions[index]);
            else request.Fail(failure);
        }
    }

    private void Featurize(List<ClassificationRequest> missing)
    {
        if (missing.Count == 0) return;
        if (features.Length < missing.Count * featureCount) features = new float[missing.Count * featureCount];
        pipeline.Network.Run(pixels.AsMemory(0, missing.Count * pixelCount), features.AsMemory(0, missing.Count * featureCount), missing.Count, CancellationToken.None);
        foreach ((int place, ClassificationRequest request) in missing.Index())
        {
            features.AsSpan(place * featureCount, featureCount).CopyTo(request.Features);
            pipeline.Keep(request.Prepared, request.Features);
        }
    }

    private ImagePrediction Predict(ClassificationRequest request)
    {
        pipeline.Finish(request.Features);
        return new ImagePrediction(request.Path, rank(request.Features), null);
    }
}
