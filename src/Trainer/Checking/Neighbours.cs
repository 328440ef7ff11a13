using System.Numerics.Tensors;

namespace ResNetMLNet.Trainer;

/// <summary>
/// What images are like each other: every pair is compared, in blocks that stay in a core's cache, so it takes time with the square of their
/// number and memory with their number.
/// </summary>
internal sealed class Neighbours
{
    /// <summary>Images that an image is compared with, most like it, whose distances count: as in cleanlab's Datalab.</summary>
    public const int Nearest = 10;

    private const string Work = "Comparing";

    private const int Block = 32;

    // More copies of one image than that say nothing more about it.
    private const int CopiesKept = 64;

    private Neighbours(float[] distances, (int Image, float Similarity)[][] copies) => (MeanDistances, EarlierCopies) = (distances, copies);

    /// <summary>
    /// [N]: the mean cosine distance, 0 to 2, to the <see cref="Nearest"/> images most like one, or to all others if they are fewer.
    /// </summary>
    public float[] MeanDistances { get; }

    /// <summary>[N][]: images before one that are at least as similar as the threshold, the first ones where they are many.</summary>
    public (int Image, float Similarity)[][] EarlierCopies { get; }

    /// <summary>Compares all images.</summary>
    /// <param name="features">[N][C], each of unit length.</param>
    /// <param name="threshold">The least cosine similarity of copies.</param>
    /// <param name="progress">Is told how many are compared.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static Neighbours Of(
        IReadOnlyList<float[]> features, double threshold, IProgress<TrainingEvent>? progress, CancellationToken cancellationToken)
    {
        int count = features.Count, nearest = Math.Max(1, Math.Min(Nearest, count - 1)), done = 0;
        float[] distances = new float[count];
        var copies = new (int, float)[count][];
        progress?.Report(new WorkProgress(Work, 0, count));
        Parallel.For(0, (count + Block - 1) / Block, new ParallelOptions { CancellationToken = cancellationToken }, block =>
        {
            int start = block * Block, end = Math.Min(count, start + Block);
            float[][] best = [.. Enumerable.Range(start, end - start).Select(_ => new float[nearest])];
            foreach (float[] similarities in best) Array.Fill(similarities, float.NegativeInfinity);
            List<(int, float)>[] found = [.. best.Select(_ => new List<(int, float)>())];
            for (int other = 0; other < count; other++)
            {
                for (int image = start; image < end; image++)
                {
                    if (image == other) continue;
                    float similarity = TensorPrimitives.Dot<float>(features[image], features[other]);
                    if (similarity >= threshold && other < image && found[image - start].Count < CopiesKept)
                        found[image - start].Add((other, similarity));
                    Insert(best[image - start], similarity);
                }
            }

            for (int image = start; image < end; image++)
            {
                distances[image] = count < 2 ? 0 : 1 - best[image - start].Average();
                copies[image] = [.. found[image - start]];
            }

            lock (copies)
            {
                done += end - start;
                progress?.Report(new WorkProgress(Work, done, count));
            }
        });
        return new Neighbours(distances, copies);
    }

    /// <summary>Puts a similarity among the largest, which stand in ascending order.</summary>
    private static void Insert(float[] largest, float similarity)
    {
        if (similarity <= largest[0]) return;
        int at = 1;
        for (; at < largest.Length && largest[at] < similarity; at++) largest[at - 1] = largest[at];
        largest[at - 1] = similarity;
    }
}
