namespace ResNetMLNet.Trainer;

/// <summary>A result and the files that it needs.</summary>
/// <param name="Result">The result.</param>
/// <param name="BackboneFile">The exported network.</param>
/// <param name="Scratch">The folder that the file is in, unless that is the result folder.</param>
internal sealed record TrainedOutput<T>(T Result, string BackboneFile, ScratchFolder? Scratch) : IDisposable where T : TrainingResult
{
    /// <summary>Writes everything into a folder: whole or not at all.</summary>
    public void Save(string folder, bool overwrite, CancellationToken cancellationToken)
    {
        using var results = new ResultFolder(folder, overwrite);
        Result.Write(results, BackboneFile, cancellationToken);
        results.Commit();
    }

    public void Dispose()
    {
        Result.Dispose();
        Scratch?.Dispose();
    }
}
