using System.CommandLine;

namespace ResNetMLNet.Cli;

/// <summary>Which options a command line names, whatever their values are by default.</summary>
internal static class GivenOptions
{
    public static bool IsGiven(this ParseResult arguments, Option option) => arguments.GetResult(option) is { Implicit: false };

    /// <summary>The first of some options that is named; null where none is.</summary>
    public static Option? FirstGiven(this ParseResult arguments, IEnumerable<Option> options) => options.FirstOrDefault(arguments.IsGiven);
}
