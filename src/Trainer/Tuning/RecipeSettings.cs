using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ResNetMLNet.Trainer;

/// <summary>The settings of a recipe by their names: as text and as JSON.</summary>
public static class RecipeSettings
{
    internal static readonly IReadOnlyList<PropertyInfo> All =
        [.. typeof(Recipe).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite)];

    private static readonly string WarmUpKey = JsonName(nameof(Recipe.WarmUpEpochs));

    /// <summary>All settings, in the order of their declaration.</summary>
    public static IReadOnlyList<RecipeSetting> List { get; } =
        [.. All.Select(setting => new RecipeSetting(
            setting.Name, setting.GetCustomAttribute<DescriptionAttribute>()!.Description, TypeOf(setting)))];

    // A value that a program made is written as it is; an unknown key is an error, since it would be a setting that does nothing.
    internal static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };

    /// <summary>A recipe by its name, or from a JSON file.</summary>
    /// <param name="nameOrFile">One of <see cref="Recipe.Named"/>, or a path.</param>
    /// <param name="basis">What the file says differences from.</param>
    /// <param name="progress">Hears what follows from the file's settings.</param>
    /// <exception cref="TrainingException">There is no such recipe, or the file is not one; the message says where.</exception>
    public static Recipe Read(string nameOrFile, Recipe basis, IProgress<TrainingEvent>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(basis);
        if (Recipe.Named.TryGetValue(nameOrFile, out Recipe? recipe)) return recipe;
        if (!File.Exists(nameOrFile))
            throw new TrainingException(
                $"There is no recipe '{nameOrFile}', and no file of that name. The recipes are {string.Join(", ", Recipe.Named.Keys)}.");
        try
        {
            string text = File.ReadAllText(nameOrFile);
            // names keys, values and lines
            Recipe alone = JsonSerializer.Deserialize<Recipe>(text, Json) ?? throw new TrainingException(
                $"'{nameOrFile}' is not a recipe: it is null.");
            alone.RequireNumbers();
            return With(basis, JsonSerializer.Deserialize<Dictionary<string, JsonNode?>>(text, Json)!, progress);
        }
        catch (JsonException e)
        {
            throw new TrainingException($"'{nameOrFile}', line {e.LineNumber + 1}: {Problem(e)}");
        }
    }

    /// <summary>A recipe with other values of some settings.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="values">
    /// Settings by their properties' names, as text: numbers in the invariant culture, names of choices in lower case with hyphens.
    /// </param>
    /// <param name="progress">
    /// Hears what follows from the settings: with fewer epochs, a warm-up that nothing is said about takes half of them at most.
    /// </param>
    /// <exception cref="TrainingException">A setting cannot have its value.</exception>
    public static Recipe With(
        this Recipe recipe, IEnumerable<KeyValuePair<string, string>> values, IProgress<TrainingEvent>? progress = null)
    {
        Recipe changed = With(recipe, values.Select(entry => KeyValuePair.Create(
            JsonName(entry.Key), JsonSerializer.SerializeToNode(Parse(All.Single(setting => setting.Name == entry.Key), entry.Value),
                Json))), progress);
        changed.Check();
        return changed;
    }

    /// <summary>A setting's value as text.</summary>
    public static string Text(object? value) => value is null ? "not given" : JsonSerializer.Serialize(value, Json).Trim('"');

    /// <summary>The settings that make a recipe of another one.</summary>
    public static IReadOnlyList<(string Name, string Value)> Differences(Recipe recipe, Recipe from) =>
        [.. All.Where(setting => !Equals(setting.GetValue(recipe), setting.GetValue(from))).Select(
            setting => (setting.Name, Text(setting.GetValue(recipe))))];

    // A setting has one way to be read and one to be written: JSON.
    private static Recipe With(Recipe recipe, IEnumerable<KeyValuePair<string, JsonNode?>> settings, IProgress<TrainingEvent>? progress)
    {
        JsonObject json = JsonSerializer.SerializeToNode(recipe, Json)!.AsObject();
        bool warmUpGiven = false;
        foreach ((string name, JsonNode? value) in settings)
        {
            json[name] = value;
            warmUpGiven |= name == WarmUpKey;
        }
        Recipe changed = json.Deserialize<Recipe>(Json)!;
        double longest = changed.Epochs / 2.0;
        if (changed.Epochs < 1 || changed.Epochs == recipe.Epochs || changed.WarmUpEpochs <= longest || warmUpGiven) return changed;
        progress.Say($"The learning rate warms up for {longest} of {changed.Epochs} epochs, not for the recipe's {changed.WarmUpEpochs}; {new Setting(nameof(Recipe.WarmUpEpochs))} says otherwise.");
        return changed with { WarmUpEpochs = longest };
    }

    private static object Parse(PropertyInfo setting, string text)
    {
        Type type = TypeOf(setting);
        object? value = type switch
        {
            _ when type == typeof(bool) => bool.TryParse(text, out bool flag) ? flag : null,
            _ when type == typeof(int) =>
                int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null,
            _ when type == typeof(double) =>
                double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
                    ? number
                    : null,
            _ => Enum.GetValues(type).Cast<object>().FirstOrDefault(member => Text(member) == text),
        };
        return value ?? throw new TrainingException(
            $"{new Setting(setting.Name)} is '{text}'; it takes {string.Join(" or ", RecipeSetting.ValuesOf(type))}.");
    }

    private static Type TypeOf(PropertyInfo setting) => Nullable.GetUnderlyingType(setting.PropertyType) ?? setting.PropertyType;

    private static string JsonName(string property) => JsonNamingPolicy.CamelCase.ConvertName(property);

    private static string Problem(JsonException e)
    {
        string key = e.Path?.Split('.')[^1] ?? "";
        return e.Message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal)
            ? $"'{key}' is not a setting of a recipe. The settings are {string.Join(", ", All.Select(setting => JsonName(setting.Name)))}."
            : key is "" or "$" ? "this is not JSON." : $"the value of '{key}' is not one that it can have.";
    }
}

/// <summary>A setting of <see cref="Recipe"/>.</summary>
/// <param name="Name">The property's name.</param>
/// <param name="Description">What it does, its range and its source.</param>
/// <param name="Type">Boolean, Int32, Double or an enumeration.</param>
public sealed record RecipeSetting(string Name, string Description, Type Type)
{
    /// <summary>The values that it takes, as text; for numbers, "a number" or "a whole number".</summary>
    public IReadOnlyList<string> Values => ValuesOf(Type);

    internal static string[] ValuesOf(Type type) =>
        type == typeof(bool) ? ["true", "false"] : type == typeof(int) ? ["a whole number"] : type == typeof(double) ? ["a number"]
        : [.. Enum.GetValues(type).Cast<object>().Select(RecipeSettings.Text)];
}
