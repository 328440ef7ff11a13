using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace ResNetMLNet.Trainer;

/// <summary>Results go to standard output, everything else to standard error.</summary>
internal static class Terminal
{
    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    /// <summary>Tables and reports, for people.</summary>
    public static IAnsiConsole Results { get; } = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });

    /// <summary>Progress and messages.</summary>
    public static IAnsiConsole Messages { get; } = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    public static void Say(string message) => Console.Error.WriteLine(message);

    public static void Error(string message) => Console.Error.WriteLine($"error: {message}");

    /// <summary>The one thing on standard output of a command with --json.</summary>
    public static void Json<T>(T value) => Console.Out.WriteLine(ToJson(value));

    public static string ToJson<T>(T value) => JsonSerializer.Serialize(value, JsonOptions);
}
