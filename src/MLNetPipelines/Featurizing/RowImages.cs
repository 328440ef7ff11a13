using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The images of the rows on their way: the one place that knows how to read them from their column.</summary>
internal abstract class RowImages
{
    /// <summary>Keeps the image of the source's current row.</summary>
    public abstract void Read(int slot);

    /// <summary>Opens an image that was kept. Called from many threads at once, for each slot from one.</summary>
    /// <exception cref="UnreadableImageException">There is none.</exception>
    public abstract Picture Open(int slot);

    /// <param name="source">The rows to read from.</param>
    /// <param name="column">A column of images; active in the source.</param>
    /// <param name="capacity">Slots.</param>
    public static RowImages Create(DataViewRow source, DataViewSchema.Column column, int capacity) => ImageInputs.Of(column.Type) switch
    {
        ImageInput.Path => new Paths(source.GetGetter<ReadOnlyMemory<char>>(column), capacity),
        ImageInput.Encoded => new EncodedImages(source.GetGetter<VBuffer<byte>>(column), capacity),
        _ => new DecodedImages(source.GetGetter<MLImage>(column), capacity),
    };

    private sealed class Paths(ValueGetter<ReadOnlyMemory<char>> source, int capacity) : RowImages
    {
        private readonly string[] paths = new string[capacity];
        private ReadOnlyMemory<char> path;

        public override void Read(int slot)
        {
            source(ref path);
            paths[slot] = path.ToString();
        }

        public override Picture Open(int slot) => Picture.OfFile(paths[slot]);
    }

    private sealed class EncodedImages(ValueGetter<VBuffer<byte>> source, int capacity) : RowImages
    {
        private readonly VBuffer<byte>[] images = new VBuffer<byte>[capacity];

        public override void Read(int slot) => source(ref images[slot]);

        public override Picture Open(int slot) => Picture.OfBytes(images[slot]);
    }

    private sealed class DecodedImages(ValueGetter<MLImage> source, int capacity) : RowImages
    {
        // Not disposed of: they may be the caller's own objects, and those that a reader made release themselves when collected.
        private readonly MLImage[] images = new MLImage[capacity];

        public override void Read(int slot) => source(ref images[slot]);

        public override Picture Open(int slot) => Picture.Of(images[slot]);
    }
}
