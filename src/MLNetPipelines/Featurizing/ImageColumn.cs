using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A column of images, read row by row: paths (text), the content of image files (vectors of bytes) or <see cref="MLImage"/>s.
/// </summary>
public sealed class ImageColumn : IDisposable
{
    private readonly ValueGetter<ReadOnlyMemory<char>>? path;
    private readonly ValueGetter<VBuffer<byte>>? content;
    private readonly ImageSource? images;
    private MLImage? image;

    /// <param name="row">The rows: a cursor, or any other row.</param>
    /// <param name="column">A column of images of the row's schema, active in it: <see cref="Of(DataViewSchema, string)"/>.</param>
    public ImageColumn(DataViewRow row, DataViewSchema.Column column)
    {
        ArgumentNullException.ThrowIfNull(row);
        switch (ImageInputs.Of(column.Type))
        {
            case ImageInput.Path:
                path = row.GetGetter<ReadOnlyMemory<char>>(column);
                break;
            case ImageInput.Encoded:
                content = row.GetGetter<VBuffer<byte>>(column);
                break;
            case ImageInput.Decoded:
                images = new ImageSource(row.GetGetter<MLImage>(column));
                break;
            default:
                throw FeatureColumns.Mismatch(column.Name, FeatureColumns.Describe(column.Type));
        }
    }

    /// <summary>Whether the column holds the images' paths, and not the images themselves.</summary>
    public bool HoldsPaths => path is not null;

    /// <summary>Finds a column of images.</summary>
    /// <param name="schema">The data's schema.</param>
    /// <param name="name">The column's name.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or of another type.</exception>
    public static DataViewSchema.Column Of(DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = FeatureColumns.Find(schema, name);
        return ImageInputs.Of(column.Type) is null ? throw FeatureColumns.Mismatch(name, FeatureColumns.Describe(column.Type)) : column;
    }

    /// <inheritdoc cref="Of(DataViewSchema, string)"/>
    public static SchemaShape.Column Of(SchemaShape schema, string name)
    {
        SchemaShape.Column column = FeatureColumns.Find(schema, name);
        return ImageInputs.Of(column) is null ? throw FeatureColumns.Mismatch(name, FeatureColumns.Describe(column)) : column;
    }

    /// <summary>The path of the current row's image.</summary>
    /// <exception cref="InvalidOperationException">The column holds images.</exception>
    public string ReadPath()
    {
        if (path is null) throw new InvalidOperationException("The column holds images, not paths. Use ReadContent.");
        ReadOnlyMemory<char> value = default;
        path(ref value);
        return value.ToString();
    }

    /// <summary>
    /// The current row's image as the content of a file: as it is, or an <see cref="MLImage"/> as a PNG file of the very colours that
    /// featurizing takes from it.
    /// </summary>
    /// <returns>Empty where the row has no image.</returns>
    /// <exception cref="InvalidOperationException">The column holds paths.</exception>
    public byte[] ReadContent()
    {
        if (content is not null)
        {
            VBuffer<byte> value = default;
            content(ref value);
            return [.. value.DenseValues()];
        }

        if (images is null) throw new InvalidOperationException("The column holds paths, not images. Use ReadPath.");
        images.Read(ref image);
        return image is null ? [] : Png(image);
    }

    /// <summary>Releases the image that was read last.</summary>
    public void Dispose() => images?.Release(ref image);

    // Without the opacity: featurizing takes the colours as they are, and a PNG file of translucent ones would not keep them.
    private static byte[] Png(MLImage image)
    {
        SKColorType order = image.PixelFormat == MLPixelFormat.Bgra32 ? SKColorType.Bgra8888 : SKColorType.Rgba8888;
        SKImageInfo info = new(image.Width, image.Height, order, SKAlphaType.Opaque);
        using SKImage copy = SKImage.FromPixelCopy(info, image.Pixels);
        GC.KeepAlive(image); // its pixels are native memory
        using SKData png = copy.Encode(SKEncodedImageFormat.Png, quality: 100);
        return png.ToArray();
    }
}
