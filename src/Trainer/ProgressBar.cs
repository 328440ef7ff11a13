using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ResNetMLNet.Trainer;

/// <summary>Shows the progress of an enumeration on standard error: a bar in a terminal, a line now and then elsewhere.</summary>
internal static class ProgressBar
{
    /// <summary>Enumerates <paramref name="items"/> into a list.</summary>
    public static IReadOnlyList<T> Of<T>(IEnumerable<T> items, int count, string what) => Terminal.Messages.Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RateColumn(), new RemainingTimeColumn())
        .Start(context =>
        {
            ProgressTask task = context.AddTask(what, maxValue: Math.Max(1, count));
            var list = new List<T>(count);
            foreach (T item in items)
            {
                list.Add(item);
                task.Increment(1);
            }
            return list;
        });

    private sealed class RateColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(task.Speed is double speed ? string.Create(CultureInfo.InvariantCulture, $"{speed:F0} images/s") : "");
    }
}
