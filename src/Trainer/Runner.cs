using System.CommandLine;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Commands;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Runs a command and turns what becomes of it into an exit code and, where it failed, one sentence on standard error. Stopped by a signal the
/// code is 128 and the signal's number: 130 for Ctrl-C, 143 for SIGTERM.
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
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interruption.Token);
        }
        catch (Exception thrown)
        {
            Exception e = Cause(thrown);
            if (e is OperationCanceledException && interruption.ExitCode is int code)
            {
                interruption.Say(e is StoppedException ? e.Message : Interruption.Message);
                return code;
            }
            if (IsExplained(e)) Terminal.Error(Message(e));
            else Report(thrown);
            return Failure;
        }
    }

    /// <summary>Whether the message was written for the user; anything else is a bug and shows where it happened.</summary>
    public static bool IsExplained(Exception e) => e is UserException or UnreadableImageException or ArgumentException or FormatException
        or IOException or InvalidDataException or UnauthorizedAccessException or InvalidOperationException or NotSupportedException;

    /// <summary>What went wrong, behind what only says that something did; of several things at once, the first.</summary>
    public static Exception Cause(Exception e) => InnermostCause.Of(e) switch
    {
        AggregateException { InnerException: Exception first } => Cause(first),
        Exception cause => cause,
    };

    /// <summary>For users of the command, who do not know what a parameter is; where the libraries speak of their API, it names options.</summary>
    public static string Message(Exception e) => e switch
    {
        UnknownBackboneException => $"{e.Message} `resnet-mlnet models` lists all {BackboneRegistry.All.Count}.",
        UnknownWeightsException => $"{e.Message} `resnet-mlnet weights list` lists all {PretrainedWeights.All.Count}.",
        WeightsUnavailableException { Weights: null } unavailable =>
            $"There are no public weights for '{unavailable.Backbone}'. Name a file with --weights, or start from random weights with --fresh.",
        ArgumentException { ParamName: string parameter } => e.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal),
        _ => e.Message,
    };

    private static void Report(Exception e)
    {
        Terminal.Error($"This should not happen, and is a bug: {e.GetType().Name}: {e.Message}");
        foreach (string line in e.ToString().Split('\n')) Terminal.Say(line.TrimEnd('\r'));
    }
}

/// <summary>What a user can mend; the message says how.</summary>
internal sealed class UserException(string message) : Exception(message);

/// <summary>Work was stopped by the user, and not in vain; the message says how to go on.</summary>
internal sealed class StoppedException(string message, CancellationToken cancellationToken) : OperationCanceledException(message, cancellationToken);
