namespace ResNetMLNet.Trainer;

/// <summary>Something that <see cref="DataCheck"/> found about an image, or about the data as a whole.</summary>
/// <param name="Kind">What sort of thing: one of the constants of <see cref="DataProblem"/>.</param>
/// <param name="Path">The image that would have to go; null where it is about the data.</param>
/// <param name="Message">What is wrong, as whole sentences.</param>
/// <param name="Remedy">What to do, as whole sentences.</param>
public sealed record DataFinding(string Kind, string? Path, string Message, string Remedy)
{
    /// <summary>The image that it is a copy of, or nearest to; null where there is none.</summary>
    public string? Other { get; init; }

    /// <summary>What was measured, as the message says; null where nothing was.</summary>
    public double? Value { get; init; }

    /// <summary>A finding for each image of a problem, or one where it is about the data.</summary>
    internal static IEnumerable<DataFinding> Of(DataProblem problem) => problem.Paths.Count == 0
        ? [new DataFinding(problem.Kind, null, problem.Message, problem.Remedy)]
        : problem.Paths.Select(path =>
            new DataFinding(problem.Kind, path, problem.Message, problem.Remedy) { Value = Rounded(problem.Value) });

    /// <summary>As many digits as anybody reads.</summary>
    internal static double? Rounded(double? value) => value is double number ? Math.Round(number, 4) : null;
}
