using System.CommandLine;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>
/// Runs a command and turns what becomes of it into an exit code and, where it failed, one sentence on standard error. Stopped by a signal
/// the code is 128 and the signal's number: 130 for Ctrl-C, 143 for SIGTERM.
/// </summary>
internal static class Runner
{
    /// <summary>Done, also where images were skipped; they are listed.</summary>
    public const int Success = 0;

    /// <summary>Not done, or not all of it; standard error says why.</summary>
    public const int Failure = 1;

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        ParseResult command = Verbs.Parse(arguments);
        if (UsageErrors.Of(command, arguments) is string problem)
        {
            Terminal.Error(problem);
            return Failure;
        }

        using var interruption = new Interruption();
        try
        {
            return await command.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                interruption.Token);
        }
        catch (Exception thrown)
        {
            Exception e = ExplainedErrors.Cause(thrown);
            if (e is OperationCanceledException && interruption.ExitCode is int code)
            {
                interruption.Say(
                    e is TrainingStoppedException stopped ? $"{e.Message} {TerminalProgress.GoOn(stopped.Folder)}" : Interruption.Message);
                return code;
            }
            if (Message(e) is string message) Terminal.Error(message);
            else Report(thrown);
            return Failure;
        }
    }

    /// <summary>What to say of a failure, in the command's words where the libraries speak of their API; null for a bug.</summary>
    public static string? Message(Exception e) => e switch
    {
        UserException => e.Message,
        UnknownBackboneException => $"{e.Message} `resnet-mlnet models` lists all {BackboneRegistry.All.Count}.",
        UnknownWeightsException => $"{e.Message} `resnet-mlnet weights list` lists all {PretrainedWeights.All.Count}.",
        WeightsUnavailableException { Weights: null } unavailable =>
            $"There are no public weights for '{unavailable.Backbone}'. Name a file with --weights, or start from random weights with --fresh.",
        WeightsUnavailableException unavailable => $"{unavailable.Message} On the command line: --weights, --fresh.",
        _ => ExplainedErrors.Of(e, OptionNames.Of),
    };

    private static void Report(Exception e)
    {
        Terminal.Error($"This should not happen, and is a bug: {e.GetType().Name}: {e.Message}");
        foreach (string line in e.ToString().Split('\n')) Terminal.Say(line.TrimEnd('\r'));
    }
}

/// <summary>What is wrong with a command line; the message says how to mend it.</summary>
internal sealed class UserException(string message) : Exception(message);
