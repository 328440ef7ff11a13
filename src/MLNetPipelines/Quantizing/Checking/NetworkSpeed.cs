using System.Diagnostics;
using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The speed of two networks, side by side.</summary>
internal static class NetworkSpeed
{
    private const int BatchSize = 8, Runs = 5;

    /// <returns>Images/s of the first and of the second: the best of some runs that alternate.</returns>
    public static (double Before, double After) Compare(
        ModelProto before, ModelProto after, SourceNetwork source, IReadOnlyList<byte[]> images, CancellationToken cancellationToken)
    {
        byte[][] batch = [.. Enumerable.Range(0, BatchSize).Select(i => images[i % images.Count])];
        using PixelsSession first = new(before, [source.FeaturesOutput], source.Preprocessing.ImageSize),
            second = new(after, [source.FeaturesOutput], source.Preprocessing.ImageSize);
        TimeSpan one = TimeSpan.MaxValue, other = TimeSpan.MaxValue;
        for (int run = 0; run < Runs; run++)
        {
            one = Best(one, first);
            other = Best(other, second);
        }

        return (BatchSize / one.TotalSeconds, BatchSize / other.TotalSeconds);

        TimeSpan Best(TimeSpan before, PixelsSession session)
        {
            long start = Stopwatch.GetTimestamp();
            session.Run(batch, BatchSize, (_, _) => { }, cancellationToken);
            TimeSpan taken = Stopwatch.GetElapsedTime(start);
            return taken < before ? taken : before;
        }
    }
}
