namespace ResNetMLNet.MLNetPipelines;

/// <summary>An amount, such as bytes, that requests take parts of for a while.</summary>
/// <param name="size">The whole.</param>
internal sealed class Budget(long size)
{
    private long left = size;

    /// <summary>Takes a part if it is there.</summary>
    public bool TryTake(long amount)
    {
        if (Interlocked.Add(ref left, -amount) >= 0) return true;
        GiveBack(amount);
        return false;
    }

    /// <summary>Gives a part back.</summary>
    public void GiveBack(long amount) => Interlocked.Add(ref left, amount);
}
