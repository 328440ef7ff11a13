using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace ResNetMLNet.Trainer;

/// <summary>
/// A text that names settings: by their properties in a program, and by whatever a front end calls them there. The command names
/// <see cref="Trainer.Recipe.LearningRate"/> <c>--learning-rate</c>.
/// </summary>
[InterpolatedStringHandler]
public readonly struct SettingText
{
    private readonly List<object> parts;

    /// <summary>Begins an interpolated text; the compiler calls this.</summary>
    /// <param name="literalLength">Characters outside of braces.</param>
    /// <param name="formattedCount">Pairs of braces.</param>
    public SettingText(int literalLength, int formattedCount) => parts = new List<object>(2 * formattedCount + 1);

    private SettingText(string text) => parts = [text];

    /// <summary>A text that names no setting.</summary>
    public static implicit operator SettingText(string text) => new(text);

    /// <summary>Adds text.</summary>
    public void AppendLiteral(string value) => parts.Add(value);

    /// <summary>Adds a value, as the invariant culture writes it, or another text with its settings.</summary>
    public void AppendFormatted<T>(T value, string? format = null)
    {
        switch (value)
        {
            case Setting setting:
                parts.Add(setting);
                break;
            case SettingText text:
                parts.AddRange(text.parts ?? []);
                break;
            case IFormattable formattable:
                parts.Add(formattable.ToString(format, CultureInfo.InvariantCulture));
                break;
            default:
                parts.Add(value?.ToString() ?? "");
                break;
        }
    }

    internal static SettingText Join(string separator, IEnumerable<SettingText> texts)
    {
        var joined = new SettingText(0, 0);
        foreach (SettingText text in texts)
        {
            if (joined.parts.Count > 0) joined.parts.Add(separator);
            joined.parts.AddRange(text.parts);
        }
        return joined;
    }

    /// <summary>The text with names that <paramref name="name"/> makes of those of properties.</summary>
    public string For(Func<string, string> name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var text = new StringBuilder();
        foreach (object part in parts ?? []) text.Append(part is Setting setting ? name(setting.Name) : (string)part);
        return text.ToString();
    }

    /// <summary>The text with the names of properties.</summary>
    public override string ToString() => For(name => name);
}

/// <summary>A setting that a text names.</summary>
/// <param name="Name">The property of <see cref="TrainingOptions"/>, <see cref="Recipe"/> or <see cref="SweepOptions"/>.</param>
public readonly record struct Setting(string Name)
{
    /// <summary>The property's name.</summary>
    public override string ToString() => Name;

    internal static Setting AllowMissingClasses => new(nameof(TrainingOptions.AllowMissingClasses));

    internal static Setting Overwrite => new(nameof(TrainingOptions.Overwrite));

    internal static Setting ResultFolder => new(nameof(TrainingOptions.ResultFolder));

    internal static Setting Resume => new(nameof(TrainingOptions.Resume));

    internal static Setting Strict => new(nameof(TrainingOptions.Strict));
}
