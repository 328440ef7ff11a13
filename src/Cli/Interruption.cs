using System.Runtime.InteropServices;

namespace ResNetMLNet.Cli;

/// <summary>
/// Ctrl-C and requests to end (SIGINT, SIGTERM, SIGHUP). The first asks the work to stop; where that does not happen soon, since a thread
/// waits in the operating system for a file or a network, the process removes what is half-made and ends all the same. A second Ctrl-C ends
/// it at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    // With what a process needs to end, within two seconds of the signal.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1.2);

    // A training ends its step and writes a checkpoint.
    private static readonly TimeSpan SavingGrace = TimeSpan.FromMinutes(2);

    // One Ctrl-C may come twice: from the terminal, and handed on by a program such as `timeout` or `dotnet run`.
    private static readonly TimeSpan Echo = TimeSpan.FromSeconds(0.4);

    private static int saving;
    private static long saved;

    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;
    private long signalled;
    private bool said;

    public Interruption()
    {
        Kept = null;
        // A signal that the parent has set to be ignored, as shells do for jobs with & and nohup does, stays ignored: .NET sees to that.
        registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(
            signal => PosixSignalRegistration.Create(signal, Stop))];
    }

    /// <summary>What of the work outlives it, as the rest of a sentence that starts with "Stopped"; null while that is nothing.</summary>
    public static string? Kept { get; set; }

    /// <summary>Asks the work to stop.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>128 and the signal's number, as shells have it; null where no signal came.</summary>
    public int? ExitCode { get; private set; }

    public static string Message => Kept is null ? "Stopped; nothing was written." : $"Stopped{Kept}";

    /// <summary>
    /// Marks work that stops by itself and saves what it has, and may take its time for that; until what is returned is disposed of.
    /// </summary>
    public static IDisposable WhileSaving()
    {
        Interlocked.Increment(ref saving);
        return new Ending(() =>
        {
            Interlocked.Exchange(ref saved, Environment.TickCount64);
            Interlocked.Decrement(ref saving);
        });
    }

    /// <summary>Says that the work was stopped, once: the work may notice the signal when the process ends without it.</summary>
    public void Say(string message)
    {
        if (!Interlocked.Exchange(ref said, true)) Terminal.Error(message);
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in registrations) registration.Dispose();
        source.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true; // .NET would end the process here
        long now = Environment.TickCount64, first = Interlocked.CompareExchange(ref signalled, now, 0);
        if (first != 0)
        {
            if (context.Signal == PosixSignal.SIGINT && now - first > Echo.TotalMilliseconds) End();
            return;
        }
        ExitCode = 128 + context.Signal switch { PosixSignal.SIGINT => 2, PosixSignal.SIGHUP => 1, _ => 15 };
        // A thread of its own: those of the pool may all be what does not stop.
        new Thread(Watch) { IsBackground = true }.Start();
        try
        {
            source.Cancel();
        }
        catch (Exception e) when (e is ObjectDisposedException or AggregateException)
        {
            // The work has just ended, or one of those who were told could not take it.
        }
    }

    private void Watch()
    {
        while (true)
        {
            Thread.Sleep(20);
            long since = Environment.TickCount64 - Math.Max(Interlocked.Read(ref signalled), Interlocked.Read(ref saved));
            if (since > (Volatile.Read(ref saving) > 0 ? SavingGrace : Grace).TotalMilliseconds) End();
        }
    }

    private void End()
    {
        Say(Message);
        Environment.Exit(ExitCode ?? Runner.Failure); // what is half-made removes itself
    }

    private sealed class Ending(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
