using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>What a network makes of images.</summary>
/// <param name="Features">Of each image.</param>
/// <param name="Scores">Of each image, where the network has a classifier of its own; null where it has none.</param>
internal sealed record NetworkOutputs(float[][] Features, float[][]? Scores)
{
    private const int BatchSize = 8;

    public static NetworkOutputs Of(
        ModelProto model, SourceNetwork source, IReadOnlyList<byte[]> images, CancellationToken cancellationToken)
    {
        var features = new float[images.Count][];
        float[][]? scores = source.ScoresOutput is null ? null : new float[images.Count][];
        string[] outputs = source.ScoresOutput is null ? [source.FeaturesOutput] : [source.FeaturesOutput, source.ScoresOutput];
        using var session = new PixelsSession(model, outputs, source.Preprocessing.ImageSize);
        session.Run(images, BatchSize, (results, first) =>
        {
            Read(results[0].GetTensorDataAsSpan<float>(), features, first);
            if (scores is not null) Read(results[1].GetTensorDataAsSpan<float>(), scores, first);
        }, cancellationToken);
        return new NetworkOutputs(features, scores);
    }

    private static void Read(ReadOnlySpan<float> numbers, float[][] rows, int first)
    {
        int count = Math.Min(BatchSize, rows.Length - first), width = numbers.Length / count;
        for (int i = 0; i < count; i++) rows[first + i] = numbers.Slice(i * width, width).ToArray();
    }
}
