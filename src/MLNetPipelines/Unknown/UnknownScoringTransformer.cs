using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// <see cref="ITransformer"/> that says of an image, by its features, how unlike the training images it is. It saves itself as a chain of
/// ML.NET's own transformers, which <c>mlContext.Model.Load</c> loads; <c>LoadImageModel</c> makes this transformer of it again.
/// </summary>
public sealed class UnknownScoringTransformer : ITransformer
{
    /// <summary>The column of scores: <see cref="float"/>.</summary>
    public const string ScoreColumn = "UnknownScore";

    /// <summary>The column that says whether an image is taken for a known one: <see cref="bool"/>.</summary>
    public const string KnownColumn = "IsKnown";

    private readonly TransformerChain<ITransformer> chain;

    /// <param name="score">The score.</param>
    /// <param name="featureColumnName">
    /// The column of features, a vector of <see cref="float"/> as a backbone gives them; it stays as it is.
    /// </param>
    public UnknownScoringTransformer(UnknownScore score, string featureColumnName)
    {
        ArgumentNullException.ThrowIfNull(score);
        ArgumentException.ThrowIfNullOrEmpty(featureColumnName);
        Score = score;
        chain = Chained(new MLContext(), score, featureColumnName);
    }

    private UnknownScoringTransformer(TransformerChain<ITransformer> chain, UnknownScore score) => (this.chain, Score) = (chain, score);

    /// <summary>The score in numbers.</summary>
    public UnknownScore Score { get; }

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The input's columns, and behind them score and verdict.</summary>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => chain.GetOutputSchema(inputSchema);

    /// <summary>Adds score and verdict.</summary>
    public IDataView Transform(IDataView input) => chain.Transform(input);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => ((ITransformer)chain).GetRowToRowMapper(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)chain).Save(ctx);

    /// <summary>A step that promises the columns.</summary>
    internal static IEstimator<ITransformer> Promise(MLContext mlContext) =>
        mlContext.Transforms.CustomMapping<SavedNoColumns, SavedUnknownScore>((_, _) => { }, contractName: null);

    /// <summary>Whether a loaded chain is one that this transformer saved.</summary>
    internal static bool Is(ITransformer loaded) => loaded is TransformerChain<ITransformer> chain
        && chain.Any(part => part is CustomMappingTransformer<SavedUnknownValues, SavedUnknownScore>);

    /// <summary>Makes the transformer again.</summary>
    /// <param name="loaded">Such a chain.</param>
    /// <param name="name">Names the saved model in messages.</param>
    /// <exception cref="InvalidDataException">The chain is damaged.</exception>
    internal static UnknownScoringTransformer Restore(TransformerChain<ITransformer> loaded, string name)
    {
        LinearMulticlassModelParametersBase? model = loaded.OfType<ISingleFeaturePredictionTransformer<object>>()
            .Select(part => part.Model).OfType<LinearMulticlassModelParametersBase>().SingleOrDefault();
        if (model is null) throw Damaged("no weights");
        LinearHead read = LinearHead.Of(model);
        int width = read.Weights[0].Length;
        return read.Weights.Length > width
            ? new UnknownScoringTransformer(loaded, new UnknownScore(read.Weights[..width], read.Weights[width..], read.Biases[width..]))
            : throw Damaged($"{read.Weights.Length} rows of weights for {width} features");

        InvalidDataException Damaged(string what) =>
            new($"'{DisplayText.Of(name, 300)}' has a score of unknown images with {what}. Save the model again.");
    }

    private static TransformerChain<ITransformer> Chained(MLContext mlContext, UnknownScore score, string featureColumnName)
    {
        TransformsCatalog transforms = mlContext.Transforms;
        var definition = SchemaDefinition.Create(typeof(FeatureRow));
        definition[0].ColumnName = featureColumnName;
        definition[0].ColumnType = new VectorDataViewType(NumberDataViewType.Single, score.Form.Length);
        IDataView nothing = mlContext.Data.LoadFromEnumerable<FeatureRow>([], definition);
        LpNormNormalizingTransformer unit = transforms.NormalizeLpNorm(SavedColumns.Unit, featureColumnName).Fit(nothing);
        ITransformer linear = GivenHead.Linear(mlContext, [.. score.Form, .. score.Classes],
            [.. new float[score.Form.Length], .. score.Offsets], SavedColumns.Unit);
        return new TransformerChain<ITransformer>([unit, linear,
            .. new EstimatorChain<ITransformer>()
                .Append<ITransformer>(transforms.CustomMapping(new SavedUnknown().GetMapping(), SavedUnknown.ContractName))
                .Append<ITransformer>(transforms.DropColumns(SavedColumns.Unit, HeadChain.Score, "PredictedLabel"))
                .Fit(linear.Transform(unit.Transform(nothing)))]);
    }

    private sealed class FeatureRow
    {
        public float[] Features { get; set; } = [];
    }
}
