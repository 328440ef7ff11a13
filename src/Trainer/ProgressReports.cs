namespace ResNetMLNet.Trainer;

/// <summary>Reports to whoever listens, or to nobody.</summary>
internal static class ProgressReports
{
    public static void Say(this IProgress<TrainingEvent>? progress, SettingText text) => progress?.Report(new TrainingMessage(text));

    public static void Warn(this IProgress<TrainingEvent>? progress, SettingText text) =>
        progress?.Report(new TrainingMessage(text, IsWarning: true));

    /// <summary>Passes items on, and counts them.</summary>
    public static IEnumerable<T> Counted<T>(this IProgress<TrainingEvent>? progress, IEnumerable<T> items, int count, string what)
    {
        int done = 0;
        progress?.Report(new WorkProgress(what, done, count));
        foreach (T item in items)
        {
            progress?.Report(new WorkProgress(what, ++done, count));
            yield return item;
        }
    }
}
