using System.CommandLine;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>Runs a command and turns what becomes of it into an exit code and, where it failed, one sentence on standard error.</summary>
internal static class Runner
{
    /// <summary>Done, also where images were skipped; they are listed.</summary>
    public const int Success = 0;

    /// <summary>Not done; standard error says why.</summary>
    public const int Failure = 1;

    /// <summary>Stopped by Ctrl-C: 128 + SIGINT, as shells have it.</summary>
    public const int Cancelled = 130;

    public static async Task<int> RunAsync(ParseResult command)
    {
        // A training has time to end its step and to save itself; nothing else has anything to save. A second Ctrl-C does not wait.
        bool saves = command.Tokens.Any(token => token.Value is "--tune" or "--resume");
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = saves ? TimeSpan.FromMinutes(2) : TimeSpan.FromSeconds(1),
        };
        int interrupts = 0;
        Console.CancelKeyPress += (_, _) =>
        {
            if (Interlocked.Increment(ref interrupts) > 1) Environment.Exit(Cancelled);
        };
        try
        {
            return await command.InvokeAsync(configuration);
        }
        catch (StoppedException e)
        {
            Terminal.Error(e.Message);
            return Cancelled;
        }
        catch (OperationCanceledException)
        {
            Terminal.Error("Stopped; nothing was written.");
            return Cancelled;
        }
        catch (Exception e) when (IsExplained(e))
        {
            Terminal.Error(e.Message);
            return Failure;
        }
    }

    /// <summary>Whether the message was written for the user; anything else is a bug and shows where it happened.</summary>
    public static bool IsExplained(Exception e) => e is UserException or UnreadableImageException or ArgumentException or FormatException
        or IOException or InvalidDataException or UnauthorizedAccessException or InvalidOperationException;
}

/// <summary>What a user can mend; the message says how.</summary>
internal sealed class UserException(string message) : Exception(message);

/// <summary>Work was stopped by the user, and not in vain; the message says how to go on.</summary>
internal sealed class StoppedException(string message, CancellationToken cancellationToken) : OperationCanceledException(message, cancellationToken);
