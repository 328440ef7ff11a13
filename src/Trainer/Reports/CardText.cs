using System.Text.Json;

namespace ResNetMLNet.Trainer;

/// <summary>What model cards have in common.</summary>
internal static class CardText
{
    public static string Warning(RunDescription run) => run.Warning is null ? "" : $"\n> **Warning**: {Text(run.Warning)}\n";

    /// <summary>What has to be said of the figures where not all are of the network itself.</summary>
    public static string Mixing(RunMetrics metrics) => metrics.WeightMixing?.Note is { } note ? $" {Text(note)}" : "";

    public static IEnumerable<string> Problems(RunMetrics metrics) =>
        metrics.Problems.GroupBy(problem => problem.Kind).Select(kind => kind.Count() == 1
        ? $"- Known problem, {kind.Key}: {Text(kind.Single().Message)}"
        : $"- Known problem, {kind.Key}, found {kind.Count()} times. The first: {Text(kind.First().Message)}");

    // A fence longer than any run of backticks inside, so that no name closes it.
    public static string Code(string language, string text)
    {
        int longest = 0, run = 0;
        foreach (char c in text) longest = Math.Max(longest, run = c == '`' ? run + 1 : 0);
        string fence = new('`', Math.Max(3, longest + 1));
        return $"{fence}{language}\n{text}\n{fence}";
    }

    // JSON's strings are YAML's.
    public static string Yaml(string text) => JsonSerializer.Serialize(text, ReportJson.Options);

    // What Markdown, or HTML in it, would take for its own.
    public static string Text(string text) =>
        string.Concat(text.ReplaceLineEndings(" ").Select(c => "\\`*_[]<>|&#".Contains(c) ? $"\\{c}" : $"{c}"));
}
