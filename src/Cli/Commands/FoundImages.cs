using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>The images that a command line names: files, folders and lists.</summary>
internal sealed class FoundImages : IDisposable
{
    private readonly ImageFiles[] sources;
    private readonly Dictionary<string, ImageFiles> sourceOf = new(StringComparer.Ordinal);

    private FoundImages(ImageFiles[] sources)
    {
        this.sources = sources;
        Paths = [.. sources.SelectMany(source => source.Paths)];
        foreach (ImageFiles source in sources) foreach (string path in source.Paths) sourceOf.TryAdd(path, source);
    }

    public IReadOnlyList<string> Paths { get; }

    /// <summary>Finds them, and says what is passed over.</summary>
    /// <param name="named">Files, folders and lists.</param>
    /// <param name="lists">Which columns.</param>
    /// <param name="strict">Whether a row of a list that cannot be used is an error.</param>
    public static FoundImages Of(IEnumerable<string> named, ImageListOptions lists, bool strict)
    {
        var opened = new List<ImageFiles>();
        try
        {
            foreach (string path in named) opened.Add(ImageFiles.Of(path, lists));
            PassedOverLines.Say([.. opened.SelectMany(source => source.PassedOver)]);
            SkippedImage[] leftOut = [.. opened.SelectMany(source => source.LeftOut)];
            if (strict && leftOut is [SkippedImage first, ..]) throw first.Refusal();
            ClassificationTables.WriteSkipped(leftOut);
            return new FoundImages([.. opened]);
        }
        catch
        {
            opened.ForEach(source => source.Dispose());
            throw;
        }
    }

    public string NameOf(string path) => sourceOf[path].NameOf(path);

    public string LabelOf(string path) => sourceOf[path].LabelOf(path);

    public void Dispose()
    {
        foreach (ImageFiles source in sources) source.Dispose();
    }
}
