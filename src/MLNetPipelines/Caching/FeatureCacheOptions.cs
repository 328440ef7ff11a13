namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Keeps features on disk, so that those of an unchanged image under an unchanged backbone are computed once. Processes may share a folder;
/// what is damaged or cannot be written is computed anew and stops nothing.
/// </summary>
/// <remarks>
/// Features are known by the content of the image, of the backbone's file, the output that is taken,
/// <see cref="FeaturizeImagesOptions.PixelLimit"/>,
/// <see cref="FeaturizeImagesOptions.ScaledDecoding"/> and whether a GPU or a CPU computed them, which round differently; not by the
/// image's name. Features that are not finite are not kept.
/// </remarks>
public sealed record FeatureCacheOptions
{
    /// <summary>Names, as an environment variable, the folder whose <c>features</c> is the default <see cref="Folder"/>.</summary>
    public const string EnvironmentVariable = UserCache.EnvironmentVariable;

    /// <summary>
    /// The folder, made when it is needed, for this user alone; one that is there keeps its permissions. By default <c>features</c> in the
    /// folder that <see cref="EnvironmentVariable"/> names, else in
    /// <c>$XDG_CACHE_HOME/resnet-mlnet</c> (otherwise <c>~/.cache/resnet-mlnet</c>, on Windows <c>%LOCALAPPDATA%\resnet-mlnet</c>).
    /// </summary>
    public string Folder { get; init; } = Path.Combine(UserCache.Folder(), "features");

    /// <summary>
    /// Bytes on disk, at least 1 million, of all backbones together. What was not used for longest goes first. It is looked after when a
    /// sixteenth of it was written and when the featurizer is disposed of, so a process may exceed it by that much for a while.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is less than 1 million.</exception>
    public long SizeLimit
    {
        get;
        init => field = value >= 1_000_000
            ? value
            : throw new ArgumentOutOfRangeException(nameof(SizeLimit), value,
                "A cache's size limit is at least 1 million bytes; to have no cache, leave it out.");
    } = 1_000_000_000; // a quarter of a million images of ResNet-18's or ResNet-34's 512 features: 4 KB each
}
