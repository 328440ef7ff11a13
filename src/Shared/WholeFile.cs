namespace ResNetMLNet;

/// <summary>Writes a file whole or not at all: under a temporary name beside it, which is then renamed.</summary>
internal static class WholeFile
{
    private const int NameLimit = 60;

    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="write">Writes the contents; where it throws, nothing is left behind and an earlier file stays.</param>
    public static void Write(string path, Action<Stream> write) => WriteNamed(path, temporary =>
    {
        using FileStream file = File.Create(temporary);
        write(file);
    });

    /// <summary>Writes a text, as UTF-8.</summary>
    public static void WriteText(string path, string text) => WriteNamed(path, temporary => File.WriteAllText(temporary, text));

    private static void WriteNamed(string path, Action<string> write)
    {
        (string name, string folder) = (Path.GetFileName(path), Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/");
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}' to write '{name}' into.");

        // A name may have 255 bytes, and the temporary one is longer.
        string temporary = Path.Combine(folder,
            $"{name[..Math.Min(name.Length, NameLimit)]}.{Environment.ProcessId}-{Path.GetRandomFileName()}.tmp");
        try
        {
            write(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
