using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ResNetMLNet.Cli;

/// <summary>The progress of work on standard error: a bar in a terminal, a line now and then elsewhere; until it is disposed of.</summary>
internal sealed class ProgressBar : IDisposable
{
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ProgressTask> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task shown;

    /// <param name="key">What the work is known by.</param>
    /// <param name="bytes">Whether bytes are counted, and not images.</param>
    public ProgressBar(string key, bool bytes)
    {
        Key = key;
        Progress progress = Terminal.Messages.Progress().Columns(bytes
            ? [new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(),
                new RemainingTimeColumn()]
            : [new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RateColumn(), new RemainingTimeColumn()]);
        shown = Task.Run(() => progress.StartAsync(async context =>
        {
            started.SetResult(context.AddTask(Markup.Escape(Terminal.Visible(key))));
            await ended.Task;
        }));
    }

    public string Key { get; }

    /// <summary>Enumerates <paramref name="items"/> into a list.</summary>
    public static IReadOnlyList<T> Of<T>(IEnumerable<T> items, int count, string what) => [.. Stream(items, count, what)];

    /// <summary>Passes <paramref name="items"/> on, and shows how many have come.</summary>
    public static IEnumerable<T> Stream<T>(IEnumerable<T> items, int count, string what)
    {
        using var bar = new ProgressBar(what, bytes: false);
        bar.Show(what, 0, count);
        int done = 0;
        foreach (T item in items)
        {
            yield return item;
            bar.Show(what, ++done, count);
        }
    }

    public void Show(string text, long done, long total)
    {
        ProgressTask task = started.Task.GetAwaiter().GetResult();
        task.Description = Markup.Escape(Terminal.Visible(text));
        task.MaxValue(Math.Max(1, total));
        task.Value(done);
    }

    public void Dispose()
    {
        ended.TrySetResult();
        shown.GetAwaiter().GetResult();
    }

    private sealed class RateColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(task.Speed is double speed ? string.Create(CultureInfo.InvariantCulture, $"{speed:F0} images/s") : "");
    }
}
