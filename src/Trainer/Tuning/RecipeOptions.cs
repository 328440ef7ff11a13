using System.CommandLine;
using System.CommandLine.Parsing;
using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace ResNetMLNet.Trainer.Tuning;

/// <summary>An option of the command line for every setting of a recipe; those given replace the recipe's own.</summary>
internal sealed class RecipeOptions
{
    private readonly (PropertyInfo Setting, Option<string?> Option)[] options =
    [
        .. Settings.Select(setting => (setting, new Option<string?>(Name(setting.Name))
        {
            Description = setting.GetCustomAttribute<DescriptionAttribute>()!.Description,
            HelpName = HelpName(setting.PropertyType),
            Arity = setting.PropertyType == typeof(bool) ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
        })),
    ];

    /// <summary>Everything that a recipe says.</summary>
    public static IReadOnlyList<PropertyInfo> Settings { get; } = [.. typeof(Recipe).GetProperties().Where(property => property.CanWrite)];

    /// <summary><c>BatchSize</c> -> <c>--batch-size</c>.</summary>
    public static string Name(string property) => $"--{JsonNamingPolicy.KebabCaseLower.ConvertName(property)}";

    public void AddTo(Command command)
    {
        foreach ((_, Option<string?> option) in options) command.Add(option);
    }

    /// <summary>Whether any was given.</summary>
    public bool Given(ParseResult arguments) => options.Any(entry => arguments.GetResult(entry.Option) is not null);

    /// <summary>A recipe with what was given in place of its own.</summary>
    /// <exception cref="UserException">A value is none that the setting can have.</exception>
    public Recipe Apply(Recipe recipe, ParseResult arguments)
    {
        Recipe changed = Recipes.With(recipe, options.Where(entry => arguments.GetResult(entry.Option) is not null).Select(entry => KeyValuePair.Create(
            JsonNamingPolicy.CamelCase.ConvertName(entry.Setting.Name), JsonSerializer.SerializeToNode(Parse(entry.Setting, arguments.GetValue(entry.Option)), Recipes.Json))));
        changed.Check();
        return changed;
    }

    private static object Parse(PropertyInfo setting, string? text)
    {
        Type type = setting.PropertyType;
        object? value = type switch
        {
            _ when type == typeof(bool) => text is null ? true : bool.TryParse(text, out bool flag) ? flag : null,
            _ when type == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null,
            _ when type == typeof(double) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null,
            _ => Enum.GetValues(type).Cast<object>().FirstOrDefault(member => Text(member) == text),
        };
        return value ?? throw new UserException($"{Name(setting.Name)} is '{text}'; it takes {Values(type)}.");
    }

    private static string HelpName(Type type) =>
        type == typeof(bool) ? "true|false" : type == typeof(int) ? "N" : type == typeof(double) ? "X"
        : string.Join('|', Enum.GetValues(type).Cast<object>().Select(Text));

    private static string Values(Type type) => type == typeof(int) ? "a whole number" : type == typeof(double) ? "a number" : HelpName(type).Replace("|", " or ", StringComparison.Ordinal);

    /// <summary>The options that make a recipe of another one.</summary>
    public static IReadOnlyList<(string Name, string Value)> Differences(Recipe recipe, Recipe from) =>
    [
        .. Settings.Where(setting => !Equals(setting.GetValue(recipe), setting.GetValue(from))).Select(setting => (Name(setting.Name), Text(setting.GetValue(recipe)!))),
    ];

    /// <summary>A setting's value, as it is written on the command line.</summary>
    public static string Text(object member) => JsonSerializer.Serialize(member, Recipes.Json).Trim('"');
}
