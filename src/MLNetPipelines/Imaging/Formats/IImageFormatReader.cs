namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Reads images in formats that <see cref="ImageDecoder"/> does not know by itself: <see cref="ImageDecoder.OtherFormats"/>. Used by many
/// threads at once.
/// </summary>
public interface IImageFormatReader
{
    /// <summary>Extensions of the formats' files, in lower case with the dot.</summary>
    IReadOnlyCollection<string> Extensions { get; }

    /// <summary>Bytes that <see cref="Decode"/> takes for each pixel, beside the result.</summary>
    int WorkingBytes { get; }

    /// <summary>Reads an image's size, without decoding it.</summary>
    /// <param name="encoded">The file.</param>
    /// <returns>Pixels of a row and rows of the image as <see cref="Decode"/> turns it; null where the file is in none of the formats.</returns>
    /// <exception cref="InvalidDataException">The file is in one of the formats and cannot be read. The message is the end of a sentence
    /// that starts with the image, such as <c>is truncated or damaged</c>.</exception>
    (int Width, int Height)? Measure(ReadOnlySpan<byte> encoded);

    /// <summary>Decodes an image that <see cref="Measure"/> has measured, upright; of several, the first or main one.</summary>
    /// <param name="encoded">The file.</param>
    /// <param name="rgba">[height, width, 4]: takes R, G, B and an opacity, which is not used.</param>
    /// <exception cref="InvalidDataException">As for <see cref="Measure"/>.</exception>
    void Decode(ReadOnlySpan<byte> encoded, Span<byte> rgba);
}
