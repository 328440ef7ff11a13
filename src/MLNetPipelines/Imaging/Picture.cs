using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>An image at hand, whatever it comes as, not decoded yet.</summary>
internal abstract class Picture : IDisposable
{
    /// <summary>Reads an image file whole.</summary>
    /// <exception cref="UnreadableImageException">The file is missing, empty, too long, or reading it fails.</exception>
    public static Picture OfFile(string path) => new EncodedPicture(ImageFile.Read(path), path);

    /// <summary>The same, with something else done with the decoded pixels: once for each image, also where its features are known.</summary>
    /// <param name="path">The file.</param>
    /// <param name="measure">Is given the image, which is disposed of afterwards.</param>
    /// <inheritdoc cref="OfFile(string)"/>
    public static Picture OfFile(string path, Action<DecodedImage> measure) => new MeasuredPicture(ImageFile.Read(path), path, measure);

    /// <param name="encoded">An image file's bytes; copied.</param>
    public static Picture OfBytes(in VBuffer<byte> encoded) =>
        OfBytes(encoded.IsDense ? encoded.GetValues() : [.. encoded.DenseValues()]);

    /// <inheritdoc cref="OfBytes(in VBuffer{byte})"/>
    public static Picture OfBytes(ReadOnlySpan<byte> encoded) => new EncodedPicture(EncodedImage.Copy(encoded), path: null);

    /// <param name="image">What ML.NET read; it is not disposed of.</param>
    /// <exception cref="UnreadableImageException">There is none.</exception>
    public static Picture Of(MLImage? image) => new DecodedPicture(image ?? throw new UnreadableImageException(path: null, "is missing"));

    /// <summary>Makes the network's pixels.</summary>
    /// <param name="preprocessor">How.</param>
    /// <param name="pixels">Takes uint8 [H, W, 3], R, G, B.</param>
    /// <param name="cancellationToken">Stops the decoding.</param>
    /// <returns>What is odd about the picture.</returns>
    /// <exception cref="UnreadableImageException">There is no whole picture of a known format and bearable size.</exception>
    public abstract ImageOddities Preprocess(ImagePreprocessor preprocessor, Span<byte> pixels,
        CancellationToken cancellationToken = default);

    /// <summary>Is told that the features are known already, so that nobody asks for the pixels.</summary>
    /// <inheritdoc cref="Preprocess"/>
    public virtual void Skip(ImagePreprocessor preprocessor, CancellationToken cancellationToken)
    {
    }

    /// <summary>SHA-256 of all that the pixels depend on; an image file's own, where there is one.</summary>
    public abstract byte[] Hash();

    public abstract void Dispose();

    /// <param name="encoded">The file's bytes; disposed of with this.</param>
    /// <param name="path">The file, for messages; null where there is none.</param>
    private class EncodedPicture(EncodedImage encoded, string? path) : Picture
    {
        public override ImageOddities Preprocess(ImagePreprocessor preprocessor, Span<byte> pixels, CancellationToken cancellationToken) =>
            preprocessor.Decode(encoded, pixels, path, cancellationToken);

        protected DecodedImage Open(ImagePreprocessor preprocessor, CancellationToken cancellationToken) =>
            preprocessor.Open(encoded, path, cancellationToken);

        public override byte[] Hash() => SHA256.HashData(encoded.Bytes);

        public override void Dispose() => encoded.Dispose();
    }

    private sealed class MeasuredPicture(EncodedImage encoded, string path, Action<DecodedImage> measure) : EncodedPicture(encoded, path)
    {
        public override ImageOddities Preprocess(ImagePreprocessor preprocessor, Span<byte> pixels, CancellationToken cancellationToken)
        {
            using DecodedImage image = Open(preprocessor, cancellationToken);
            preprocessor.Convert(image, pixels);
            measure(image);
            return image.Oddities;
        }

        public override void Skip(ImagePreprocessor preprocessor, CancellationToken cancellationToken)
        {
            using DecodedImage image = Open(preprocessor, cancellationToken);
            measure(image);
        }
    }

    private sealed class DecodedPicture(MLImage image) : Picture
    {
        public override ImageOddities Preprocess(ImagePreprocessor preprocessor, Span<byte> pixels, CancellationToken cancellationToken)
        {
            preprocessor.Convert(image, pixels);
            return ImageOddities.None;
        }

        public override byte[] Hash()
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(MemoryMarshal.AsBytes<int>([image.Width, image.Height, (int)image.PixelFormat]));
            hash.AppendData(image.Pixels);
            GC.KeepAlive(image); // its pixels are native memory
            return hash.GetHashAndReset();
        }

        public override void Dispose()
        {
            // The image is the caller's.
        }
    }
}
