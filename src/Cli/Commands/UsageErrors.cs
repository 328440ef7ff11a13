using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;
using Quickenshtein;

namespace ResNetMLNet.Cli;

/// <summary>What is wrong with a command line as it was typed, in one line that ends with where to read more.</summary>
internal static class UsageErrors
{
    /// <returns>Null where nothing is wrong, or where help or the version is asked for.</returns>
    public static string? Of(ParseResult line, IReadOnlyList<string> arguments)
    {
        Command command = line.CommandResult.Command;
        if (line.Action is not (null or ParseErrorAction) && line.Action != command.Action) return null;
        string? problem = UnknownVerb(line) ?? UnknownOption(line, arguments) ?? MissingVerb(line) ?? Flags(line, arguments) ?? Options(
            line)
            ?? Arguments(line) ?? Values(line) ?? Empty(line);
        return problem is null ? null : $"{problem} `{Path(line.CommandResult)} --help` shows what it takes.";
    }

    /// <summary>
    /// The parser takes an unknown option for an argument where more arguments may follow, or for the value of the option before it.
    /// </summary>
    private static string? UnknownOption(ParseResult line, IReadOnlyList<string> arguments)
    {
        // Behind -- everything is an argument; --output=--x names what it means.
        Token? unknown = line.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash)
            .FirstOrDefault(token => token.Type == TokenType.Argument && LooksLikeOption(token.Value) && arguments.Contains(token.Value));
        if (unknown is null) return null;
        string name = unknown.Value.Split('=', ':')[0];
        string[] known = [.. line.CommandResult.Command.Options.Where(option => !option.Hidden).SelectMany(
            option => option.Aliases.Prepend(option.Name))];
        return known.Contains(name)
            ? $"{name} has to come after `{line.CommandResult.Command.Name}`."
            : $"Unknown option '{unknown.Value}'.{DidYouMean(name, known.Where(option => option.StartsWith('-')))}";
    }

    private static bool LooksLikeOption(string text) =>
        text.Length > 1 && text[0] == '-' && !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static string? UnknownVerb(ParseResult line) =>
        Verbs(line) is [_, ..] verbs && line.UnmatchedTokens is [string given, ..] && !LooksLikeOption(given)
            ? $"There is no verb '{given}'.{DidYouMean(given, verbs)}"
            : null;

    private static string? MissingVerb(ParseResult line) =>
        Verbs(line) is [.., string last] verbs ? $"A verb is missing: {string.Join(", ", verbs[..^1])} or {last}." : null;

    private static string[] Verbs(ParseResult line) => [.. line.CommandResult.Command.Subcommands.Select(verb => verb.Name)];

    /// <summary>What is no Boolean behind a flag's equals sign the parser takes for an argument.</summary>
    private static string? Flags(ParseResult line, IReadOnlyList<string> arguments)
    {
        foreach (string[] parts in arguments.TakeWhile(argument => argument != "--").Select(argument => argument.Split(['=', ':'], 2)))
        {
            if (parts is [string name, string value] && !bool.TryParse(value, out _)
                && line.CommandResult.Command.Options.Any(
                    option => option.ValueType == typeof(bool) && (option.Name == name || option.Aliases.Contains(name))))
                return $"{name} is '{value}'; it takes true or false.";
        }
        return null;
    }

    private static string? Options(ParseResult line)
    {
        Command command = line.CommandResult.Command;
        foreach (OptionResult option in line.CommandResult.Children.OfType<OptionResult>().Where(option => !option.Implicit))
        {
            if (option.Tokens.Count < option.Option.Arity.MinimumNumberOfValues) return $"{option.Option.Name} needs a value.";
            if (option.Tokens.Count > option.Option.Arity.MaximumNumberOfValues
                || (option.IdentifierTokenCount > 1 && option.Option.Arity.MaximumNumberOfValues <= 1))
                return $"{option.Option.Name} appears {option.IdentifierTokenCount} times; it can be given once.";
        }
        return command.Options.FirstOrDefault(option => option.Required
            && line.GetResult(option) is null or { Implicit: true }) is Option missing
            ? $"{missing.Name} is missing."
            : null;
    }

    private static string? Arguments(ParseResult line)
    {
        Command command = line.CommandResult.Command;
        foreach (Argument argument in command.Arguments)
        {
            int given = line.GetResult(argument)?.Tokens.Count ?? 0, least = argument.Arity.MinimumNumberOfValues;
            if (given < least)
                return given == 0
                    ? $"{argument.Name} is missing."
                    : $"`{command.Name}` takes at least {least} of {argument.Name}, not {given}.";
        }
        return line.UnmatchedTokens is [string unexpected, ..]
            ? command.Arguments.Count == 0
                ? $"`{command.Name}` takes options only, not '{unexpected}'."
                : $"'{unexpected}' is one argument too many for `{command.Name} {string.Join(' ', command.Arguments.Select(argument => argument.Name))}`."
            : null;
    }

    /// <summary>Options with rules of their own have said what is wrong; the parser's own words are left for choices.</summary>
    private static string? Values(ParseResult line)
    {
        if (line.Errors is not [ParseError error, ..]) return null;
        OptionResult? option = error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult;
        return option is { Option.ValueType.IsEnum: true, Option.HelpName: string choices }
            && error.Message.StartsWith("Cannot parse", StringComparison.Ordinal)
            ? $"{option.Option.Name} is '{option.Tokens[0].Value}'; it takes {choices.Replace("|", " or ", StringComparison.Ordinal)}."
            : error.Message;
    }

    private static string? Empty(ParseResult line) =>
        line.CommandResult.Children.FirstOrDefault(child => child.Tokens.Any(token => token.Value.Length == 0)) switch
        {
            OptionResult option => $"{option.Option.Name} is empty.",
            ArgumentResult argument => $"{argument.Argument.Name} is empty.",
            _ => null,
        };

    private static string DidYouMean(string given, IEnumerable<string> known)
    {
        if (given.Length < 3) return "";
        string? near = known.FirstOrDefault(name => given.Length > 3 && name.StartsWith(given, StringComparison.Ordinal))
            ?? known.MinBy(name => Levenshtein.GetDistance(given, name));
        bool alike = near is not null
            && (near.StartsWith(given, StringComparison.Ordinal) || Levenshtein.GetDistance(given, near) <= Math.Max(
                2, near.TrimStart('-').Length / 3));
        return alike ? $" Did you mean '{near}'?" : "";
    }

    private static string Path(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{Path(parent)} {command.Command.Name}" : "resnet-mlnet";
}
