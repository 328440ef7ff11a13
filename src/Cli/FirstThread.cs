using System.Collections.Concurrent;

namespace ResNetMLNet.Cli;

/// <summary>
/// Work for the process's first thread: the only one whose freed memory glibc can be told to keep, however large the blocks are
/// (see the library's NativeMemory). The rest of the program runs beside it, so that signals are answered.
/// </summary>
internal static class FirstThread
{
    private static BlockingCollection<Task> work = [];

    /// <summary>Runs the program on other threads, and on this one what it gives to <see cref="Run(Action)"/>.</summary>
    public static int Serve(Func<Task<int>> program)
    {
        using BlockingCollection<Task> own = work = [];
        Task<int> running = Task.Run(program);
        Task ended = running.ContinueWith(_ => own.CompleteAdding(), TaskScheduler.Default);
        foreach (Task task in own.GetConsumingEnumerable()) task.RunSynchronously();
        ended.Wait();
        return running.GetAwaiter().GetResult();
    }

    /// <summary>Runs work on the first thread, after what was given to it before.</summary>
    public static Task Run(Action action) => Given(new Task(action));

    /// <inheritdoc cref="Run(Action)"/>
    public static Task<T> Run<T>(Func<T> function) => Given(new Task<T>(function));

    private static TTask Given<TTask>(TTask task) where TTask : Task
    {
        work.Add(task);
        return task;
    }
}
