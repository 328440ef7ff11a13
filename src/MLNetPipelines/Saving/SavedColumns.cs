using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Names of the columns that a saved featurizer adds and drops again. They stand in saved models: they never change.</summary>
internal static class SavedColumns
{
    public const string Path = "__resnetmlnet.path";
    public const string Settings = "__resnetmlnet.settings";
    public const string Image = "__resnetmlnet.image";
    public const string Pixels = "__resnetmlnet.pixels";
    public const string Features = "__resnetmlnet.features";
}

/// <summary>What the saved decoding step reads.</summary>
internal sealed class SavedPath
{
    [ColumnName(SavedColumns.Path)]
    public ReadOnlyMemory<char> Path { get; set; }

    /// <summary>The pixel limit and the preprocessing: <c>100000000 224 0.875 bilinear</c>.</summary>
    [ColumnName(SavedColumns.Settings)]
    public ReadOnlyMemory<char> Settings { get; set; }
}

/// <summary>What the saved decoding step writes.</summary>
internal sealed class SavedImage
{
    [ColumnName(SavedColumns.Image)]
    [AnySizeImage]
    public MLImage? Image { get; set; }
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
