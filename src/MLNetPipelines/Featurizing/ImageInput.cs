using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>How a column holds images. The names stand in saved models: they never change.</summary>
internal enum ImageInput
{
    /// <summary>Text: the path of a file.</summary>
    Path,

    /// <summary>A vector of bytes: a file's content.</summary>
    Encoded,

    /// <summary>An <see cref="MLImage"/> that ML.NET has read.</summary>
    Decoded,
}

/// <summary>Columns of images, recognized by their types.</summary>
internal static class ImageInputs
{
    /// <summary>What an input column may hold, in words.</summary>
    public const string Expected = "String (the image's path), Vector<Byte> (the image file's bytes) or Image";

    /// <returns>Null where a column of that type holds no images.</returns>
    public static ImageInput? Of(DataViewType type) => type switch
    {
        TextDataViewType => ImageInput.Path,
        VectorDataViewType vector when vector.ItemType == NumberDataViewType.Byte => ImageInput.Encoded,
        ImageDataViewType => ImageInput.Decoded,
        _ => null,
    };

    /// <inheritdoc cref="Of(DataViewType)"/>
    public static ImageInput? Of(SchemaShape.Column column) => column.Kind == SchemaShape.Column.VectorKind.Scalar
        ? Of(column.ItemType)
        : column.ItemType == NumberDataViewType.Byte ? ImageInput.Encoded : null;
}
