using System.Text.RegularExpressions;

namespace ResNetMLNet.Trainer;

/// <summary>
/// A hidden folder in a result folder, for a result that is being written. When the result is whole the folder gets another name, and from
/// then on it takes the place of what is there: whoever opens the result folder after a kill finishes that. Before, it is removed.
/// The holder of the result folder's lock alone works with it.
/// </summary>
internal sealed partial class Staging : IDisposable
{
    private const string Prefix = ".resnet-mlnet-", Unfinished = ".new", Whole = ".whole";

    // What the result consists of: some of it may have been moved already.
    private const string Contents = "contents.txt";

    private readonly string target;
    private readonly string location;

    public Staging(string target)
    {
        this.target = target;
        location = Path.Combine(target, $"{Prefix}{Guid.NewGuid():N}{Unfinished}");
        Directory.CreateDirectory(location);
    }

    public string this[string file] => Path.Combine(location, file);

    /// <summary>Whether a kill has left a result folder halfway between two results.</summary>
    public static bool IsUnfinished(string target) => Named(target, Whole).Length > 0;

    /// <summary>Finishes what is whole, and removes what is not.</summary>
    public static void Recover(string target)
    {
        foreach (string folder in Named(target, Whole)) foreach (string _ in Move(folder, target)) { }
        foreach (string folder in Named(target, Unfinished)) Directory.Delete(folder, recursive: true);
        foreach (string file in Directory.EnumerateFiles(target).Where(file => HalfWritten.IsMatch(Path.GetFileName(file))))
            File.Delete(file);
    }

    /// <summary>Removes files of a result, the one that makes it a result first, and without a configuration its checkpoints too.</summary>
    public static void RemoveAll(string target, IEnumerable<string> files)
    {
        foreach (string file in files.OrderBy(file => file != ResultFolder.Model)) File.Delete(Path.Combine(target, file));
        string checkpoints = Path.Combine(target, ResultFolder.Checkpoints);
        if (!files.Contains(TuningConfiguration.File) || !Directory.Exists(checkpoints)) return;
        new CheckpointFolder(checkpoints).Clear();
        if (!Directory.EnumerateFileSystemEntries(checkpoints).Any()) Directory.Delete(checkpoints);
    }

    /// <summary>Puts the result in the place of what is there, step by step.</summary>
    public IEnumerable<string> Commit()
    {
        File.WriteAllLines(this[Contents], Directory.EnumerateFiles(location).Select(file => Path.GetFileName(file)));
        string whole = Path.ChangeExtension(location, Whole);
        Directory.Move(location, whole);
        yield return "whole";
        foreach (string step in Move(whole, target)) yield return step;
    }

    public void Dispose()
    {
        if (Directory.Exists(location)) Directory.Delete(location, recursive: true);
    }

    private static IEnumerable<string> Move(string whole, string target)
    {
        string[] contents = File.ReadAllLines(Path.Combine(whole, Contents));
        // With the model gone no mixture of two results looks like one; it comes last.
        string model = Path.Combine(whole, ResultFolder.Model);
        if (File.Exists(model)) File.Delete(Path.Combine(target, ResultFolder.Model));
        yield return "no model";
        RemoveAll(target, ResultFolder.Files.Except(contents));
        yield return "nothing of another run";
        foreach (string file in Directory.EnumerateFiles(whole)
            .Where(file => Path.GetFileName(file) is not (Contents or ResultFolder.Model)).ToArray())
        {
            File.Move(file, Path.Combine(target, Path.GetFileName(file)), overwrite: true);
            yield return file;
        }
        if (File.Exists(model)) File.Move(model, Path.Combine(target, ResultFolder.Model), overwrite: true);
        yield return "model";
        Directory.Delete(whole, recursive: true);
    }

    private static string[] Named(string target, string extension) =>
        [.. Directory.EnumerateDirectories(target).Where(
            folder => OurName.IsMatch(Path.GetFileName(folder)) && Path.GetExtension(folder) == extension)];

    [GeneratedRegex(@"^\.resnet-mlnet-[0-9a-f]{32}\.(new|whole)\z")]
    private static partial Regex OurName { get; }

    // As WholeFile names the configuration before it is whole.
    [GeneratedRegex(@"^configuration\.json\.\d+-[^.]+\.[^.]+\.tmp\z")]
    private static partial Regex HalfWritten { get; }
}
