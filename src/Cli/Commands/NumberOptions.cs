using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace ResNetMLNet.Cli;

/// <summary>Options that take a number: each has its range, and anything else is refused in a sentence that says it.</summary>
internal static class NumberOptions
{
    /// <summary>About 48 days: the longest time that .NET's timers take.</summary>
    public const double MostMinutes = 70_000;

    public static Option<int> Within(this Option<int> option, int least, int most)
    {
        option.CustomParser = result => Whole(result, option.Name, least, most) ?? 0;
        return option;
    }

    public static Option<int?> Within(this Option<int?> option, int least, int most)
    {
        option.CustomParser = result => Whole(result, option.Name, least, most);
        return option;
    }

    public static Option<double> Within(this Option<double> option, double least, double most)
    {
        option.CustomParser = result =>
            Real(result, option.Name, number => number >= least && number <= most, $"a number, {Text(least)} to {Text(most)}") ?? 0;
        return option;
    }

    public static Option<double> InMinutes(this Option<double> option)
    {
        option.CustomParser = result => Minutes(result, option.Name) ?? 0;
        return option;
    }

    public static Option<double?> InMinutes(this Option<double?> option)
    {
        option.CustomParser = result => Minutes(result, option.Name);
        return option;
    }

    private static double? Minutes(ArgumentResult result, string name) =>
        Real(result, name, minutes => minutes is > 0 and <= MostMinutes,
            $"a number of minutes, more than 0 and at most {Text(MostMinutes)}");

    private static int? Whole(ArgumentResult result, string name, int least, int most)
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least
            && number <= most) return number;
        result.AddError(
            $"{name} is '{text}'; it takes a whole number, {(most == int.MaxValue ? $"{least} or more" : $"{least} to {most}")}.");
        return null;
    }

    private static double? Real(ArgumentResult result, string name, Func<double, bool> allowed, string rule)
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && allowed(number)) return number;
        result.AddError($"{name} is '{text}'; it takes {rule}.");
        return null;
    }

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
