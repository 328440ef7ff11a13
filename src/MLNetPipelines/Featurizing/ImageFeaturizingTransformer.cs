using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// <see cref="ITransformer"/> resulting from fitting an <see cref="ImageFeaturizingEstimator"/>. It adds the features of the images
/// that a column names or holds, batch by batch, while a cursor that asks for them moves.
/// </summary>
/// <remarks>
/// It saves itself with the model as a chain of ML.NET's own transformers, which <c>mlContext.Model.Load</c> reads in any process that
/// has this assembly beside it; so loaded, it takes images in the form in which it was fitted to them: paths, bytes or
/// <see cref="MLImage"/>s. As it is, and loaded by <c>LoadImageModel</c>, it takes any of them. Disposing of the model that holds it
/// releases the network.
/// </remarks>
public sealed class ImageFeaturizingTransformer : ITransformer, IDisposable
{
    private readonly ImageInput input;

    /// <param name="featurizer">What featurizes; it belongs to this transformer.</param>
    /// <param name="outputColumnName">Name of the features.</param>
    /// <param name="inputColumnName">Name of the images.</param>
    /// <param name="input">How the saved form is to take images; this transformer takes all kinds.</param>
    internal ImageFeaturizingTransformer(ImageFeaturizer featurizer, string outputColumnName, string inputColumnName, ImageInput input)
    {
        this.input = input;
        Featurizer = featurizer;
        OutputColumnName = outputColumnName;
        InputColumnName = inputColumnName;
    }

    /// <summary>What featurizes. It belongs to this transformer, which disposes of it.</summary>
    public ImageFeaturizer Featurizer { get; }

    /// <summary>The column of features: float, a vector of <see cref="ImageFeaturizer.FeatureCount"/>.</summary>
    public string OutputColumnName { get; }

    /// <summary>The column of images.</summary>
    public string InputColumnName { get; }

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The input's columns, and behind them the features, and with <see cref="UnreadableImages.UseDefault"/> which images could be
    /// read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The input column is missing or holds no images.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Columns(inputSchema).Output;

    /// <summary>
    /// Adds the features. Nothing is read or decoded before a cursor moves, and nothing at all where the features are not asked for.
    /// Asking for the features of an image that cannot be read throws an <see cref="UnreadableImageException"/>,
    /// unless the options want missing values.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The input column is missing or holds no images.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new FeaturizedDataView(input, Columns(input.Schema), Featurizer);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new FeaturizingMapper(Columns(inputSchema), Featurizer);

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        using SavedFeaturizer saved = SavedFeaturizer.Create(Featurizer, OutputColumnName, InputColumnName, input);
        saved.Save(ctx);
    }

    /// <summary>The same on another network, which belongs to what is returned.</summary>
    internal ImageFeaturizingTransformer With(ImageFeaturizer featurizer) => new(featurizer, OutputColumnName, InputColumnName, input);

    /// <summary>Releases the network.</summary>
    public void Dispose() => Featurizer.Dispose();

    private FeatureColumns Columns(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new FeatureColumns(inputSchema, OutputColumnName, InputColumnName, Featurizer.FeatureCount,
            Featurizer.Options.UnreadableImages);
    }
}
