using System.Text.Json;

namespace ResNetMLNet.Trainer;

/// <summary>The file that a sweep keeps its runs in, from its first moment on. The folder is locked while it is open.</summary>
internal sealed class SweepFile : IDisposable
{
    public const string Name = "sweep.json";

    private readonly string folder;
    private readonly FolderLock held;

    private SweepFile(string folder, FolderLock held)
    {
        this.folder = folder;
        this.held = held;
    }

    private string Path => System.IO.Path.Combine(folder, Name);

    /// <param name="folder">The sweep's folder; made where it is missing.</param>
    /// <exception cref="TrainingException">Another sweep is writing there, or nobody can.</exception>
    public static SweepFile Open(string folder)
    {
        OutputPlace.RequireFolder(folder);
        try
        {
            Directory.CreateDirectory(folder);
            return new SweepFile(folder, FolderLock.TryTake(folder)
                ?? throw new TrainingException(
                    $"Another sweep is writing into '{folder}'. Wait for it, or choose another folder with {Setting.ResultFolder}."));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OutputPlace.Unwritable(folder, e);
        }
    }

    /// <summary>The runs of an earlier sweep in the folder, with the same settings and images; none where there was no sweep.</summary>
    /// <exception cref="TrainingException">They were others, or the file is damaged.</exception>
    public IReadOnlyList<SweepRun> Read(string settings, string data)
    {
        if (!File.Exists(Path)) return [];
        SweepRun[] runs = Read();
        if (runs.FirstOrDefault(run => run.Settings != settings) is SweepRun other)
        {
            throw new TrainingException(
                $"The sweep in '{folder}' was started with {other.Settings ?? "settings that are not known any more"}, not with {settings}. "
                + $"Repeat those to go on with it, or use {Setting.Overwrite} to start anew, or another folder with {Setting.ResultFolder}.");
        }
        return runs.All(run => run.Data == data)
            ? runs
            : throw new TrainingException(
                $"The images are not those that the sweep in '{folder}' was started with. Use {Setting.Overwrite} to start anew, or another folder with {Setting.ResultFolder}.");
    }

    public void Write(IReadOnlyList<SweepRun> runs) => WholeFile.WriteText(Path, ReportJson.Write(runs));

    public void Dispose() => held.Dispose();

    private SweepRun[] Read()
    {
        try
        {
            return JsonSerializer.Deserialize<SweepRun[]>(File.ReadAllText(Path), ReportJson.Options) is { } runs && runs.All(
                run => run is not null)
                ? runs
                : throw new JsonException();
        }
        catch (JsonException)
        {
            throw new TrainingException(
                $"'{Path}' is damaged. Use {Setting.Overwrite} to start anew, or another folder with {Setting.ResultFolder}.");
        }
    }
}
