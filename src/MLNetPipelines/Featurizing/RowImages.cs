using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The images of the rows on their way: the one place that knows how to read them from their column.</summary>
internal abstract class RowImages : IDisposable
{
    /// <summary>Keeps the image of the source's current row.</summary>
    public abstract void Read(int slot);

    /// <summary>Opens an image that was kept. Called from many threads at once, for each slot from one.</summary>
    /// <exception cref="UnreadableImageException">There is none.</exception>
    public abstract Picture Open(int slot);

    /// <summary>Releases what was read last.</summary>
    public virtual void Dispose()
    {
        // Texts and bytes need no release.
    }

    /// <param name="source">The rows to read from.</param>
    /// <param name="column">A column of images; active in the source.</param>
    /// <param name="featurizer">What the images are read for.</param>
    /// <param name="capacity">Slots.</param>
    public static RowImages Create(DataViewRow source, DataViewSchema.Column column, ImageFeaturizer featurizer, int capacity) =>
        ImageInputs.Of(column.Type) switch
        {
            ImageInput.Path => new Paths(source.GetGetter<ReadOnlyMemory<char>>(column), capacity),
            ImageInput.Encoded => new EncodedImages(source.GetGetter<VBuffer<byte>>(column), capacity),
            _ => new DecodedImages(source.GetGetter<MLImage>(column), featurizer, capacity),
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

    /// <summary>Images that ML.NET has decoded, each made small while its row is read: kept whole they would take gigabytes.</summary>
    private sealed class DecodedImages(ValueGetter<MLImage> getter, ImageFeaturizer featurizer, int capacity) : RowImages
    {
        private readonly ImageSource source = new(getter);
        private readonly PreprocessedPicture?[] pictures = new PreprocessedPicture?[capacity];
        private readonly UnreadableImageException?[] errors = new UnreadableImageException?[capacity];
        private MLImage? image;

        public override void Read(int slot)
        {
            source.Read(ref image);
            try
            {
                using Picture whole = Picture.Of(image);
                pictures[slot] ??= new PreprocessedPicture(featurizer.Preprocessor.PixelCount);
                pictures[slot]!.Take(whole, featurizer);
                errors[slot] = null;
            }
            catch (UnreadableImageException missing)
            {
                errors[slot] = missing;
            }
        }

        public override Picture Open(int slot)
        {
            if (errors[slot] is { } error) ExceptionDispatchInfo.Throw(error);
            return pictures[slot]!;
        }

        public override void Dispose()
        {
            source.Release(ref image);
            base.Dispose();
        }
    }

    /// <summary>An image of which only the network's pixels are left, and its hash where a cache asks for it.</summary>
    private sealed class PreprocessedPicture(int pixelCount) : Picture
    {
        private readonly byte[] pixels = new byte[pixelCount];
        private byte[]? hash;
        private ImageOddities oddities;

        public void Take(Picture whole, ImageFeaturizer featurizer)
        {
            hash = featurizer.Options.Cache is null ? null : whole.Hash();
            oddities = whole.Preprocess(featurizer.Preprocessor, pixels);
        }

        public override ImageOddities Preprocess(ImagePreprocessor preprocessor, Span<byte> target, CancellationToken cancellationToken)
        {
            pixels.CopyTo(target);
            return oddities;
        }

        public override byte[] Hash() => hash!;

        public override void Dispose()
        {
            // The next row of its slot uses it again.
        }
    }
}
