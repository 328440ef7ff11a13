using System.CommandLine;
using System.CommandLine.Parsing;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>An option of the command line for every setting of a recipe; those given replace the recipe's own.</summary>
internal sealed class RecipeOptions
{
    private readonly (RecipeSetting Setting, Option<string?> Option)[] options =
    [
        .. RecipeSettings.List.Select(setting => (setting, new Option<string?>(OptionNames.Of(setting.Name))
        {
            Description = setting.Description,
            HelpName = setting.Type == typeof(int) ? "N" : setting.Type == typeof(double) ? "X" : string.Join('|', setting.Values),
            Arity = setting.Type == typeof(bool) ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
        })),
    ];

    public void AddTo(Command command)
    {
        foreach ((_, Option<string?> option) in options) command.Add(option);
    }

    /// <summary>Whether any was given.</summary>
    public bool Given(ParseResult arguments) => options.Any(entry => arguments.GetResult(entry.Option) is not null);

    /// <summary>A recipe with what was given in place of its own.</summary>
    /// <exception cref="TrainingException">A setting cannot have its value.</exception>
    public Recipe Apply(Recipe recipe, ParseResult arguments) => recipe.With(
        options.Where(entry => arguments.GetResult(entry.Option) is not null)
            .Select(entry => KeyValuePair.Create(entry.Setting.Name, arguments.GetValue(entry.Option) ?? "true")), new TerminalProgress());
}
