using System.Globalization;
using System.Text;
using System.Text.Json;
using ResNetMLNet.Trainer;
using Spectre.Console;

namespace ResNetMLNet.Cli;

/// <summary>
/// Results go to standard output, everything else to standard error; all text on its way there is shown as
/// <see cref="DisplayText"/> has it, whoever wrote it, and none is read as markup.
/// </summary>
internal static class Terminal
{
    // Nothing is wrapped on its way into a file or another program.
    private const int UnlimitedWidth = 1000;

    // In UTF-16 units. Most paths that a file system allows are shorter.
    private const int LongestLine = 4000, LongestCell = 160;

    /// <summary>Charts, for people; texts and tables have methods of their own.</summary>
    public static IAnsiConsole Results => Open(Console.Out, Console.IsOutputRedirected);

    /// <summary>Progress.</summary>
    public static IAnsiConsole Messages => Open(Console.Error, Console.IsErrorRedirected);

    /// <summary>A line of the result.</summary>
    public static void Print(string line) => Console.Out.WriteLine(Visible(line));

    /// <summary>A table of the result.</summary>
    public static void Print(TextTable table) => table.WriteTo(Results);

    /// <summary>A line on standard error.</summary>
    public static void Say(string message) => Console.Error.WriteLine(Visible(message));

    /// <summary>Says how much of the work was done before, where some was.</summary>
    public static void SayFromCache(long hits, int images)
    {
        if (hits > 0) Say($"Features of {hits} of {images} images came from the cache; --no-cache computes them anew.");
    }

    /// <summary>What must not be overlooked, in red.</summary>
    public static void Warn(string message) => Messages.WriteLine(Visible($"warning: {message}"), new Style(Color.Red));

    public static void Error(string message) => Say($"error: {message}");

    /// <summary>The one thing on standard output of a command with --json.</summary>
    public static void Json<T>(T value) => Console.Out.WriteLine(VisibleJson(ToJson(value)));

    public static string ToJson<T>(T value) => JsonSerializer.Serialize(value, ReportJson.Options);

    /// <summary>Text for a line.</summary>
    public static string Visible(string line) => DisplayText.Of(line, LongestLine);

    /// <summary>Text for a cell of a table.</summary>
    public static string VisibleCell(string text) => DisplayText.Of(text, LongestCell);

    /// <summary>
    /// JSON whose strings have escapes of JSON's in place of what a terminal would obey: the same values to whoever reads it.
    /// </summary>
    public static string VisibleJson(string json)
    {
        var visible = new StringBuilder(json.Length);
        foreach (Rune rune in json.EnumerateRunes())
        {
            if (DisplayText.IsVisible(rune) || rune.Value is '\n' or '\r') visible.Append(rune.ToString());
            else foreach (char unit in rune.ToString()) visible.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
        }
        return visible.ToString();
    }

    private static IAnsiConsole Open(TextWriter writer, bool redirected)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (redirected) console.Profile.Width = UnlimitedWidth;
        return console;
    }
}
