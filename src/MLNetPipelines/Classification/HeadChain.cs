using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// The part of a model that makes scores of features, as far as features alone suffice: parts that need another column, such as the mapping
/// of a label to a key, have nothing to do with a prediction and are left out.
/// </summary>
internal sealed class HeadChain
{
    public const string Score = "Score", Probability = "Probability";

    private readonly MLContext mlContext;
    private readonly string featureColumn, readableColumn;
    private readonly int featureCount;
    private readonly TransformerChain<ITransformer> scoring;

    /// <param name="mlContext">The context to compute in.</param>
    /// <param name="model">Names the model in messages, as their subject.</param>
    /// <param name="kind">What it should be, such as "an image classifier".</param>
    /// <param name="parts">The transformers behind the featurizer, in their order.</param>
    /// <param name="featureColumn">What the featurizer's column is called.</param>
    /// <param name="featureCount">Its width.</param>
    /// <exception cref="InvalidDataException">They do not make scores of features.</exception>
    public HeadChain(
        MLContext mlContext, string model, string kind, IEnumerable<ITransformer> parts, string featureColumn, int featureCount)
    {
        this.mlContext = mlContext;
        (this.featureColumn, this.featureCount) = (featureColumn, featureCount);
        readableColumn = FeatureColumns.ReadableName(featureColumn);

        DataViewSchema schema = ToDataView([]).Schema;
        List<(ITransformer Part, DataViewSchema Input)> usable = [];
        int scorer = -1, calibrator = -1;
        string? obstacle = null;
        foreach (ITransformer part in parts)
        {
            try
            {
                DataViewSchema output = part.GetOutputSchema(schema);
                if (Adds(Score)) (scorer, calibrator) = (usable.Count, -1);
                else if (Adds(Probability)) calibrator = usable.Count;
                usable.Add((part, schema));
                schema = output;

                bool Adds(string name) => output.Count(column => column.Name == name) > schema.Count(column => column.Name == name);
            }
            catch (Exception missing) when (missing is ArgumentException or InvalidOperationException)
            {
                obstacle ??= missing.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ');
            }
        }

        if (scorer < 0)
            throw new InvalidDataException(
                $"{model} is not {kind}: it has no 'Score'{(obstacle is null ? "" : $" ({DisplayText.Of(obstacle, 300)})")}.");
        Chain = new TransformerChain<ITransformer>([.. usable.Select(part => part.Part)]);
        Preparation = [.. usable.Take(scorer)];
        Scorer = usable[scorer].Part;
        Calibrator = calibrator < 0 ? null : usable[calibrator].Part;
        int picking = usable.FindIndex(part => part.Part is CustomMappingTransformer<SavedLabelScores, SavedPredictedLabels>);
        if (picking >= 0) Labels = LabelsBefore(usable.Take(picking).Select(part => part.Part));
        scoring = new TransformerChain<ITransformer>([.. usable.Take(Math.Max(scorer, calibrator) + 1).Select(part => part.Part)]);
        Scored = scoring.GetOutputSchema(ToDataView([]).Schema);
    }

    /// <summary>All parts that can be computed from features.</summary>
    public TransformerChain<ITransformer> Chain { get; }

    /// <summary>Those of them that come before the scores, with the schema that each takes.</summary>
    public IReadOnlyList<(ITransformer Part, DataViewSchema Input)> Preparation { get; }

    /// <summary>The one that makes the scores.</summary>
    public ITransformer Scorer { get; }

    /// <summary>The one behind it that makes probabilities of a binary classifier's scores; null where there is none.</summary>
    public ITransformer? Calibrator { get; }

    /// <summary>The labels and thresholds of a model that gives an image any number of labels; null for others.</summary>
    public LabelSettings? Labels { get; }

    /// <summary>The columns where scores and probabilities are made.</summary>
    public DataViewSchema Scored { get; }

    /// <summary>The one featurizer of a model, its score of unknown images where there is one, and what comes behind them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Names it in messages, as their subject.</param>
    /// <param name="kind">What it should be, such as "an image classifier".</param>
    /// <exception cref="InvalidDataException">There is no featurizer, or more than one.</exception>
    public static (ImageFeaturizingTransformer Featurizing, UnknownScore? Unknown, IEnumerable<ITransformer> Behind) Split(
        ITransformer model, string name, string kind)
    {
        ITransformer[] parts = [.. Parts(model)];
        if (parts.OfType<ImageFeaturizingTransformer>().ToArray() is not [var featurizing])
        {
            throw new InvalidDataException(parts.OfType<ImageFeaturizingTransformer>().Any()
                ? $"{name} is not {kind} of this kind: there is more than one ImageFeaturizingTransformer in it. Use it as "
                    + $"an ITransformer."
                : $"{name} is not {kind}: there is no ImageFeaturizingTransformer in it.");
        }

        return (featurizing, parts.OfType<UnknownScoringTransformer>().FirstOrDefault()?.Score,
            parts.SkipWhile(part => part != featurizing).Skip(1).Where(part => part is not UnknownScoringTransformer));
    }

    /// <summary>Features with their scores.</summary>
    public IDataView Transform(IReadOnlyList<float[]> features) => scoring.Transform(ToDataView(features));

    /// <summary>Scores of one feature vector after another, with little ado. What it returns is for one thread at a time.</summary>
    /// <typeparam name="TRow">A class with the columns to read.</typeparam>
    /// <typeparam name="TResult">What is wanted of them.</typeparam>
    /// <param name="read">Takes it out of a row.</param>
    public Func<float[], TResult> CreateEngine<TRow, TResult>(Func<TRow, TResult> read) where TRow : class, new()
    {
        PredictionEngine<FeatureRow, TRow> engine = mlContext.Model.CreatePredictionEngine<FeatureRow, TRow>(
            scoring, ignoreMissingColumns: false, Definition());
        return features => read(engine.Predict(new FeatureRow { Features = features }));
    }

    private LabelSettings LabelsBefore(IEnumerable<ITransformer> parts)
    {
        LabelSettings? none = null;
        return LabelSettings.For(new TransformerChain<ITransformer>([.. parts]).Transform(ToDataView([new float[featureCount]]))
            .GetColumn<ReadOnlyMemory<char>>(SavedColumns.Settings).First(), ref none);
    }

    private static IEnumerable<ITransformer> Parts(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(Parts) : [model];

    private IDataView ToDataView(IReadOnlyList<float[]> features) =>
        mlContext.Data.LoadFromEnumerable(features.Select(row => new FeatureRow { Features = row }), Definition());

    private SchemaDefinition Definition()
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(FeatureRow));
        definition[nameof(FeatureRow.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, featureCount);
        definition[nameof(FeatureRow.Features)].ColumnName = featureColumn;
        definition[nameof(FeatureRow.IsReadable)].ColumnName = readableColumn;
        return definition;
    }

    private sealed class FeatureRow
    {
        public float[] Features { get; set; } = [];

        public bool IsReadable { get; set; } = true;
    }
}

/// <summary>A score that is one number.</summary>
internal sealed class NumberRow
{
    public float Score { get; set; }
}
