using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The images that the rows on their way name: the one place that knows how an input column holds an image.</summary>
internal sealed class RowImages
{
    private readonly ImagePreprocessor preprocessor;
    private readonly ValueGetter<ReadOnlyMemory<char>> getPath;
    private readonly string[] paths;
    private ReadOnlyMemory<char> path;

    /// <param name="source">The rows to read from.</param>
    /// <param name="column">A column that <see cref="Holds"/> says yes to; active in the source.</param>
    /// <param name="preprocessor">Turns pictures into pixels.</param>
    /// <param name="capacity">Slots.</param>
    public RowImages(DataViewRow source, DataViewSchema.Column column, ImagePreprocessor preprocessor, int capacity)
    {
        this.preprocessor = preprocessor;
        getPath = source.GetGetter<ReadOnlyMemory<char>>(column);
        paths = new string[capacity];
    }

    /// <summary>What an input column may hold, in words.</summary>
    public const string Expected = "String (the image's path)";

    /// <summary>Whether a column of that type holds images.</summary>
    public static bool Holds(DataViewType type) => type is TextDataViewType;

    /// <summary>Keeps the image of the source's current row.</summary>
    public void Read(int slot)
    {
        getPath(ref path);
        paths[slot] = path.ToString();
    }

    /// <inheritdoc cref="LoadPixels{T}"/>
    public void Load(int slot, Span<byte> pixels) => preprocessor.Load(paths[slot], pixels);
}
