namespace Trainer.Tests;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string path = Directory.CreateTempSubdirectory("trainer-tests").FullName;

    public static string Flowers { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "flowers");

    public string this[string name] => System.IO.Path.Combine(path, name);

    /// <summary>The first photos of some classes of flowers, as a data set of its own.</summary>
    public string Photos(string name, int perClass, params string[] classes)
    {
        foreach (string label in classes)
        {
            string folder = Directory.CreateDirectory(System.IO.Path.Combine(path, name, label)).FullName;
            foreach (string photo in Directory.EnumerateFiles(System.IO.Path.Combine(Flowers, label)).Order().Take(perClass))
                File.Copy(photo, System.IO.Path.Combine(folder, System.IO.Path.GetFileName(photo)));
        }
        return this[name];
    }

    public void Move(string from, string to) => Directory.Move(this[from], this[to]);

    public IEnumerable<string> Entries => Directory.EnumerateFileSystemEntries(path).Select(entry => System.IO.Path.GetFileName(entry));

    public void Dispose() => Directory.Delete(path, recursive: true);
}
