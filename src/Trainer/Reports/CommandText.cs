namespace ResNetMLNet.Trainer;

/// <summary>A command as a user would type it.</summary>
public static class CommandText
{
    /// <summary>A command of <c>resnet-mlnet</c>, quoted as POSIX shells take it.</summary>
    /// <param name="verb">Such as <c>train</c>.</param>
    /// <param name="arguments">Arguments and options, those that are null left out.</param>
    public static string Of(string verb, params IEnumerable<string?> arguments) =>
        string.Join(' ', ["resnet-mlnet", verb, .. arguments.OfType<string>().Select(Quote)]);

    /// <summary>An option and its value, or nothing where there is no value.</summary>
    public static IEnumerable<string> Option(string name, string? value) => value is null ? [] : [name, value];

    // As POSIX shells take it.
    private static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsLetterOrDigit(c) || "/._-=,:\\~".Contains(c)) ? word : $"'{word.Replace("'", """'\''""")}'";
}
