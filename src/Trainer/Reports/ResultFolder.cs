
namespace ResNetMLNet.Trainer;

/// <summary>
/// The folder that a run writes its results into, whole or not at all, and one run's alone: it is locked while a run writes, everything is
/// written into a hidden folder in it first (<see cref="Staging"/>), and what an earlier run left goes when the new result comes. Nothing
/// is ever removed but what has a name of these.
/// </summary>
internal sealed class ResultFolder : IDisposable
{
    /// <summary>The file that makes a folder a result: while results are replaced there is none.</summary>
    public const string Model = "model.zip";

    public const string Backbone = "backbone.onnx";
    public const string Metrics = "metrics.json";

    /// <summary>What the model made of each validation image.</summary>
    public const string Predictions = "predictions.csv";

    /// <summary>The epochs, where the backbone was trained too.</summary>
    public const string History = "history.json";

    public const string Report = "report.html";
    public const string Card = "MODEL_CARD.md";

    /// <summary>The folder of a training's checkpoints.</summary>
    public const string Checkpoints = "checkpoints";

    /// <summary>Everything that a run writes, besides <see cref="Checkpoints"/>.</summary>
    public static IReadOnlyList<string> Files { get; } = [Model, Backbone, Metrics, Predictions, History, Report, Card,
        TuningConfiguration.File];

    private readonly string path;
    private readonly IReadOnlyList<string> made;
    private readonly FolderLock held;
    private readonly Staging staging;
    private readonly IDisposable cleanup;
    private readonly Lock ending = new();
    private bool ended;

    /// <param name="path">The folder; made where it is missing.</param>
    /// <param name="overwrite">Whether a model that is there may be replaced.</param>
    /// <exception cref="TrainingException">
    /// There is a model and it may not be replaced, another run writes there, or nobody can.
    /// </exception>
    public ResultFolder(string path, bool overwrite)
    {
        this.path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        Name = Path.TrimEndingDirectorySeparator(path);
        OutputPlace.RequireFolder(Name);
        made = Missing(this.path);
        FolderLock? taken = null;
        try
        {
            Directory.CreateDirectory(this.path);
            taken = FolderLock.TryTake(this.path)
                ?? throw new TrainingException(
                    $"Another run is writing into '{path}'. Wait for it, or choose another folder with {Setting.ResultFolder}.");
            Staging.Recover(this.path);
            if (!overwrite && File.Exists(Path.Combine(this.path, Model)))
                throw new TrainingException($"There is a model in '{path}' already. Use {Setting.Overwrite} to replace it, or another folder with {Setting.ResultFolder}.");
            staging = new Staging(this.path);
        }
        catch (Exception e)
        {
            taken?.Dispose();
            RemoveMade();
            if (e is IOException or UnauthorizedAccessException) throw OutputPlace.Unwritable(path, e);
            throw;
        }
        held = taken;
        cleanup = ExitCleanup.Add(End);
    }

    /// <summary>The folder as the user named it.</summary>
    public string Name { get; }

    /// <summary>The folder itself, which what outlives a run that is cut off is written into: checkpoints.</summary>
    public string Location => path;

    /// <summary>Where to write a file, for now.</summary>
    public string this[string file] => staging[file];

    /// <summary>Puts right what a run that was killed while it replaced results has left, for whoever reads them.</summary>
    public static void Recover(string path)
    {
        if (!Directory.Exists(path) || !Staging.IsUnfinished(path)) return;
        using FolderLock? taken = FolderLock.TryTake(path);
        if (taken is not null) Staging.Recover(path);
    }

    /// <summary>
    /// Removes the result of an earlier run, for a training that writes its own configuration and checkpoints in the place of the earlier
    /// one's before it is done.
    /// </summary>
    public void RemoveEarlier() => Staging.RemoveAll(path, Files.Where(file => file != TuningConfiguration.File));

    /// <summary>Writes what people read of a run: predictions, page and card.</summary>
    public void Write(IRunReport report)
    {
        report.WritePredictions(this[Predictions]);
        WholeFile.WriteText(this[Report], report.Page());
        File.WriteAllText(this[Card], report.Card());
    }

    /// <summary>
    /// Moves what was written to where it belongs, in place of what was there. A training's configuration is among it, or its checkpoints
    /// go.
    /// </summary>
    public void Commit()
    {
        lock (ending)
        {
            if (!ended) foreach (string _ in CommitSteps()) { }
        }
    }

    /// <summary>
    /// The same, one step after another: whatever comes between two of them, the folder is put right when it is next opened.
    /// </summary>
    internal IEnumerable<string> CommitSteps() => staging.Commit();

    /// <summary>Removes what was not moved.</summary>
    public void Dispose()
    {
        cleanup.Dispose();
        End();
    }

    private void End()
    {
        lock (ending)
        {
            if (ended) return;
            ended = true;
            staging.Dispose();
            held.Dispose();
            RemoveMade();
        }
    }

    /// <summary>The folders on the way to one that there are not, from the inside out.</summary>
    private static List<string> Missing(string path)
    {
        var missing = new List<string>();
        for (string? folder = path; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
            missing.Add(folder);
        return missing;
    }

    private void RemoveMade()
    {
        foreach (string folder in made)
            if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
    }
}
