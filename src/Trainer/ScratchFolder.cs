namespace ResNetMLNet.Trainer;

/// <summary>A folder for what is needed for a while only; gone when it is disposed of.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public string Location { get; } = Directory.CreateTempSubdirectory("resnet-mlnet-").FullName;

    /// <summary>Where a file of that name is.</summary>
    public string this[string file] => Path.Combine(Location, file);

    public void Dispose() => Directory.Delete(Location, recursive: true);
}
