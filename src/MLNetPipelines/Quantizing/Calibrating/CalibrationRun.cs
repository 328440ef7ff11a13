using Microsoft.ML.OnnxRuntime;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Runs a network in single precision and remembers how its values are distributed.</summary>
internal static class CalibrationRun
{
    // All values of a batch are in memory at once.
    private const long MemoryLimit = 256_000_000;

    private const int LargestBatch = 8;

    /// <param name="network">The network in single precision.</param>
    /// <param name="values">The values that are wanted.</param>
    /// <param name="images">What the network is run on.</param>
    /// <param name="size">Height and width of its images.</param>
    /// <param name="progress">Hears of images that are done.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidDataException">A value is NaN or infinite; the message names it.</exception>
    public static IReadOnlyDictionary<string, ValueStatistics> Run(
        NetworkGraph network, IReadOnlyList<string> values, IReadOnlyList<byte[]> images, int size, Action<int>? progress,
        CancellationToken cancellationToken)
    {
        ValueStatistics[] statistics = [.. values.Select(_ => new ValueStatistics())];
        Dictionary<string, long[]> shapes = OnnxShapes.Of(network.Model.Graph);
        long bytes = sizeof(float) * values.Sum(value => OnnxShapes.Elements(shapes[value]) ?? 0);
        int batch = (int)Math.Clamp(MemoryLimit / Math.Max(bytes, 1), 1, LargestBatch);
        using var session = new PixelsSession(network.Model, values, size);
        session.Run(images, batch, (results, first) =>
        {
            Parallel.For(0, values.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
                Add(values[i], statistics[i], results[i]));
            progress?.Invoke(Math.Min(first + batch, images.Count));
        }, cancellationToken);
        return values.Zip(statistics).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    private static void Add(string value, ValueStatistics statistics, OrtValue result)
    {
        try
        {
            statistics.Add(result.GetTensorDataAsSpan<float>(), result.GetTensorTypeAndShape().Shape);
        }
        catch (InvalidDataException flaw)
        {
            throw new InvalidDataException(
                $"'{DisplayText.Of(value)}' {flaw.Message}: the network's weights are damaged, or its training diverged.", flaw);
        }
    }
}
