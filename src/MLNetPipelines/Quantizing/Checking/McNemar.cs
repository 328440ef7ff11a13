namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// McNemar's test (1947, doi:10.1007/BF02295996) in its exact form: images that only one of two classifiers has right are coin flips if
/// they are equal.
/// </summary>
internal static class McNemar
{
    /// <returns>How probable a difference as large as this is by chance, 0 to 1.</returns>
    public static double PValue(int onlyFirst, int onlySecond)
    {
        int flips = onlyFirst + onlySecond, fewer = Math.Min(onlyFirst, onlySecond);
        double logarithm = -flips * Math.Log(2), sum = 0;
        for (int i = 0; i <= fewer; i++)
        {
            sum += Math.Exp(logarithm);
            logarithm += Math.Log(flips - i) - Math.Log(i + 1);
        }

        return Math.Min(1, 2 * sum);
    }
}
