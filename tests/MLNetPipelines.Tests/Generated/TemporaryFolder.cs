namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>A folder of its own for a test, gone after it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("resnetmlnet-tests-").FullName;

    /// <summary>The path of a file in it, whose folders exist.</summary>
    public string File(params string[] names)
    {
        string path = System.IO.Path.Combine([Path, .. names]);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
