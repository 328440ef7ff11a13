namespace ResNetMLNet.Trainer;

/// <summary>How it is said that the same image has two labels.</summary>
/// <param name="Kind">The problem's.</param>
/// <param name="Differing">What the images have or are, before the labels.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="Show">A label, for people.</param>
internal sealed record LabelWords(string Kind, string Differing, string Remedy, Func<string, string> Show)
{
    public static LabelWords Classes { get; } =
        new(DataProblem.TwoClasses, "are of different classes", "Keep the one in the right folder.", label => label);

    public static LabelWords Values { get; } =
        new(DataProblem.TwoValues, "have different values", "Keep the one with the right value, or give both their mean.", label => label);

    public static LabelWords Labels { get; } =
        new(DataProblem.TwoLabelSets, "have different labels", "Keep the one with the right labels.", label => LabelSet.Shown(LabelSet.Parse(label)));

    /// <summary>Those of what is learned.</summary>
    public static LabelWords Of(LearningTask task) =>
        task == LearningTask.Regression ? Values : task == LearningTask.MultiLabel ? Labels : Classes;

    public string Differ(string labels) => $"{Differing}, '{labels}'";
}
