namespace ResNetMLNet;

/// <summary>Writes a file whole or not at all: under a temporary name beside it, which is then renamed.</summary>
internal static class WholeFile
{
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
        string temporary = $"{path}.{Environment.ProcessId}-{Path.GetRandomFileName()}.tmp";
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
