namespace ResNetMLNet.Trainer;

/// <summary>What has to be removed if the process ends in the middle of things.</summary>
internal static class ExitCleanup
{
    private static readonly Lock gate = new();
    private static readonly List<Action> cleanups = [];

    static ExitCleanup() => AppDomain.CurrentDomain.ProcessExit += (_, _) => RunAll();

    /// <summary>Names a cleanup; until what is returned is disposed of.</summary>
    public static IDisposable Add(Action cleanup)
    {
        lock (gate) cleanups.Add(cleanup);
        return new Registration(cleanup);
    }

    private static void RunAll()
    {
        lock (gate)
        {
            foreach (Action cleanup in Enumerable.Reverse(cleanups))
            {
                try
                {
                    cleanup();
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // Somebody still writes there; the next run removes it.
                }
            }
            cleanups.Clear();
        }
    }

    private sealed class Registration(Action cleanup) : IDisposable
    {
        public void Dispose()
        {
            lock (gate) cleanups.Remove(cleanup);
        }
    }
}
