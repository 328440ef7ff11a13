using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>Says what a person must know besides the figures.</summary>
internal static class ProblemLines
{
    // Of one kind; a report has them all.
    private const int Shown = 3, PathsShown = 2;

    public static void Say(RunMetrics metrics)
    {
        // Files that were skipped are listed already.
        foreach (IGrouping<string, DataProblem> kind in metrics.Problems.Where(problem => problem.Kind != DataProblem.Unreadable).GroupBy(
            problem => problem.Kind))
        {
            foreach (DataProblem problem in kind.Take(Shown))
            {
                string option = problem.Setting is Setting setting ? $" The option: {OptionNames.Of(setting.Name)} balanced." : "";
                Terminal.Warn($"{problem.Kind}: {problem.Message} {problem.Remedy}{option}");
                foreach (string path in problem.Paths.Take(PathsShown)) Terminal.Say($"  {path}");
                if (problem.Paths.Count > PathsShown) Terminal.Say($"  and {problem.Paths.Count - PathsShown} more");
            }

            if (kind.Count() > Shown) Terminal.Warn($"{kind.Key}: {kind.Count() - Shown} more, which the report and --json list.");
        }

        foreach (string note in metrics.NotChecked) Terminal.Say(note);
        if (metrics.WeightMixing?.Note is { } mixing) Terminal.Say(mixing);
    }
}
