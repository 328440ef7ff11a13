using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>The figures of a run, of whatever is learned.</summary>
internal static class RunFigures
{
    /// <summary>Prints them.</summary>
    /// <param name="metrics">The figures.</param>
    /// <param name="json">Whether as JSON.</param>
    /// <param name="writeTables">Prints them as tables.</param>
    /// <returns>The figures.</returns>
    public static T Write<T>(T metrics, bool json, Action<T> writeTables) where T : RunMetrics
    {
        if (json) Terminal.Json(metrics);
        else writeTables(metrics);
        return metrics;
    }
}
