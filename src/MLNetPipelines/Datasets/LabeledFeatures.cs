using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>An image's features and its class.</summary>
/// <param name="ImagePath">The file's path.</param>
/// <param name="Label">The class's name.</param>
/// <param name="Features">What the backbone gave.</param>
public sealed record LabeledFeatures(string ImagePath, string Label, float[] Features)
{
    /// <inheritdoc cref="ImageFeatures.Warning"/>
    [NoColumn]
    public string? Warning { get; init; }

    /// <summary>A view with the columns <c>ImagePath</c>, <c>Label</c> (text) and <c>Features</c>.</summary>
    /// <param name="mlContext">The context that the view belongs to.</param>
    /// <param name="images">At least one; all features have the same length.</param>
    public static IDataView ToDataView(MLContext mlContext, IReadOnlyList<LabeledFeatures> images)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(LabeledFeatures));
        schema[nameof(Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, images[0].Features.Length);
        return mlContext.Data.LoadFromEnumerable(images, schema);
    }
}
