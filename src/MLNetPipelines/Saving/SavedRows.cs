using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>What a saved decoding step reads beside the images.</summary>
internal class SavedSettings
{
    /// <summary>See <see cref="SavedDecoder.Settings"/>.</summary>
    [ColumnName(SavedColumns.Settings)]
    public ReadOnlyMemory<char> Settings { get; set; }
}

/// <summary>An image by its path.</summary>
internal sealed class SavedPath : SavedSettings
{
    [ColumnName(SavedColumns.Source)]
    public ReadOnlyMemory<char> Path { get; set; }
}

/// <summary>An image by its path, in models of the first version.</summary>
internal sealed class SavedPathV1 : SavedSettings
{
    [ColumnName(SavedColumns.Path)]
    public ReadOnlyMemory<char> Path { get; set; }
}

/// <summary>An image file's content.</summary>
internal sealed class SavedBytes : SavedSettings
{
    [ColumnName(SavedColumns.Source)]
    public VBuffer<byte> Bytes { get; set; }
}

/// <summary>An image that ML.NET has read.</summary>
internal sealed class SavedMLImage : SavedSettings
{
    [ColumnName(SavedColumns.Source)]
    [AnySizeImage]
    public MLImage? Image { get; set; }
}

/// <summary>What a decoding step of the first version writes.</summary>
internal sealed class DecodedImageV1
{
    [ColumnName(SavedColumns.Image)]
    [AnySizeImage]
    public MLImage? Image { get; set; }
}

/// <summary>What a decoding step writes.</summary>
internal sealed class SavedImage
{
    [ColumnName(SavedColumns.Image)]
    [AnySizeImage]
    public MLImage? Image { get; set; }

    [ColumnName(SavedColumns.IsReadable)]
    public bool IsReadable { get; set; }
}

/// <summary>No column.</summary>
internal sealed class SavedNoColumns;

/// <summary>A text that is empty.</summary>
internal sealed class SavedNothing
{
    [ColumnName(SavedColumns.Nothing)]
    public string Nothing { get; set; } = "";
}

/// <summary>An image whose size the type does not say: ML.NET's own attribute demands a size.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AnySizeImageAttribute : DataViewTypeAttribute
{
    public override void Register() => DataViewTypeManager.Register(new ImageDataViewType(), typeof(MLImage), this);

    public override bool Equals(DataViewTypeAttribute? other) => other is AnySizeImageAttribute;

    public override bool Equals(object? obj) => obj is AnySizeImageAttribute;

    public override int GetHashCode() => typeof(AnySizeImageAttribute).GetHashCode();
}
