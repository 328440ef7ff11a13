namespace ResNetMLNet.Trainer;

/// <summary>
/// Images and their labels, as the network takes them. Valid until the loader is asked for the next one: the pixels' buffer is used again.
/// </summary>
/// <param name="pixels">The buffer.</param>
/// <param name="labels">Of each image.</param>
/// <param name="size">Height and width.</param>
internal sealed class Batch(byte[] pixels, double[] labels, int size)
{
    /// <summary>
    /// uint8 [<see cref="Count"/>, <see cref="Size"/>, <see cref="Size"/>, 3], R, G, B, and maybe bytes behind them: the first
    /// <see cref="Length"/> count.
    /// </summary>
    public byte[] Pixels => pixels;

    /// <summary>Bytes of <see cref="Pixels"/> that are images.</summary>
    public int Length => Count * ImageLength(size);

    /// <summary>What each image is labelled with, as a number: the index of its class, or the value itself; [<see cref="Count"/>].</summary>
    public double[] Labels => labels;

    /// <summary>Images.</summary>
    public int Count => labels.Length;

    /// <summary>Height and width, in pixels.</summary>
    public int Size => size;

    /// <summary>Bytes of one image.</summary>
    public static int ImageLength(int size) => size * size * 3;
}

/// <summary>
/// The batches of an epoch: as few as the size allows, and as even as can be, so that none is tiny. None has a single image, whose
/// statistics are none (a variance needs two values): it joins another batch, also where that is full.
/// </summary>
/// <param name="Images">Images of the epoch.</param>
/// <param name="BatchSize">Most images of a batch, but for one that joins it; with 1 every image is a batch.</param>
internal readonly record struct EpochBatches(int Images, int BatchSize)
{
    /// <summary>Batches.</summary>
    public int Count => BatchSize == 1 ? Images : Math.Max(1, Math.Min(DividedUp(BatchSize), Images / 2));

    /// <summary>Images of the largest batch; the others have one less at most.</summary>
    public int Largest => DividedUp(Count);

    /// <summary>Where a batch starts in the epoch; also where the one before it ends.</summary>
    public int StartOf(int step) => (int)((long)Images * step / Count);

    private int DividedUp(int by) => (int)(((long)Images + by - 1) / by);
}
