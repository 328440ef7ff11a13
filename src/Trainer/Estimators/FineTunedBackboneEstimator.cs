using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> that trains a backbone on labelled images, as <see cref="BackboneTrainer"/> does: images to
/// features and predictions.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
///
/// ###  Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input column data type | Of images: text, vector of <xref:System.Byte> or <xref:Microsoft.ML.Data.MLImage>. Of labels: a key, text, <xref:System.Boolean> or a number for classes; <xref:System.Boolean> for binary classification; <xref:System.Single> for regression; a vector of text for any number of labels |
/// | Output column data type | `PredictedLabel`, `Score` and, for binary classification, `Probability`; for regression `Score` alone, in the label's unit: as ML.NET's trainers give them. For any number of labels `Score` and `PredictedLabels`, a vector of text |
/// | Required NuGet in addition to Microsoft.ML | ResNetMLNet.Trainer, a package of TorchSharp's libraries, and one of Microsoft.ML.OnnxRuntime and Microsoft.ML.OnnxRuntime.Gpu |
/// | Exportable to ONNX | By `ImageClassifier.ExportOnnx`; not for regression |
///
/// The fitted model is a chain that saves with `mlContext.Model.Save`, with nothing to register, and loads with `Load`, `LoadImageModel`
/// and `ImageClassifier.Load` (for regression: `ImageRegressor.Load`). The same data and seed give the same network as `resnet-mlnet train` and `BackboneTrainer`, byte for byte.
/// Labels that are not keys become keys, in the order of their values. Images that cannot be read are left out and reported.
///
/// `CrossValidate` and `Evaluate` work as on ML.NET's own trainers. Permutation feature importance permutes the backbone's features, which
/// mean little to a person, have no names and are dropped behind the predictor: it takes the model's `ISingleFeaturePredictionTransformer`
/// and what the parts before that give, with the overloads for a predictor. `ImageExplainer` shows where in an image a classifier looks.
/// ]]></format>
/// </remarks>
/// <seealso cref="FineTuningCatalog"/>
public sealed class FineTunedBackboneEstimator : IEstimator<TransformerChain<ITransformer>>
{
    // No user's column is called that. It is dropped again.
    private const string Features = "FineTunedBackbone.Features";

    private readonly FineTuningTask task;
    private readonly FineTuningOptions options;
    private readonly CatalogContext context;

    // No part of a fitted model draws random numbers, so a context of its own serves whatever the caller's seed is.
    private readonly MLContext mlContext = new();

    internal FineTunedBackboneEstimator(FineTuningTask task, FineTuningOptions options, CatalogContext context)
    {
        ArgumentException.ThrowIfNullOrEmpty(options.ImageColumnName);
        ArgumentException.ThrowIfNullOrEmpty(options.LabelColumnName);
        this.task = task;
        this.options = options;
        this.context = context;
    }

    private FeaturizeImagesOptions Featurizing => options.Training.Featurizing;

    private string[] Dropped =>
        Featurizing.UnreadableImages == UnreadableImages.UseDefault ? [Features, $"{Features}IsReadable"] : [Features];

    /// <summary>Trains the backbone and its head, exports it, and makes a model of both.</summary>
    /// <param name="input">Labelled images.</param>
    /// <returns>
    /// A model that needs no label column to predict; the labels' mapping to keys comes first where there is one. Disposing of it releases
    /// the network.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a type that does not fit.</exception>
    /// <exception cref="InvalidDataException">A label is missing, or the data are not what they should be.</exception>
    /// <exception cref="TrainingException">
    /// The data cannot be trained on, training diverged, or a result is in the way; the message says what to do.
    /// </exception>
    /// <exception cref="ArgumentException">There are no images, there is no such backbone, or there are no such weights.</exception>
    /// <exception cref="IOException">A file cannot be read or written, or weights cannot be downloaded.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public TransformerChain<ITransformer> Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ImageColumn.Of(input.Schema, options.ImageColumnName);
        task.Check(input.Schema, options.LabelColumnName);
        ImageLabelTransformer? labels = task.Labels(mlContext, input, options.LabelColumnName);
        IDataView labelled = labels?.Transform(input) ?? input;
        using TrainedHead trained = Train(labelled);
        ImageFeaturizingTransformer featurizing = mlContext.Transforms
            .FeaturizeImages(Features, options.ImageColumnName, trained.BackboneFile, Featurizing)
            .Fit(input);
        try
        {
            TransformerChain<ITransformer> head = trained.Head(mlContext, Features);
            IDataView scored = head.Transform(featurizing.Transform(labelled));
            ITransformer drop = mlContext.Transforms.DropColumns(Dropped).Fit(scored);
            return new TransformerChain<ITransformer>(
                [.. labels is null ? Array.Empty<ITransformer>() : [labels], featurizing, .. head, drop]);
        }
        catch
        {
            featurizing.Dispose();
            throw;
        }
    }

    /// <summary>The input's columns, and those that a fitted model adds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a type that does not fit.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ImageColumn.Of(inputSchema, options.ImageColumnName);
        task.Check(inputSchema, options.LabelColumnName);
        var withFeatures = new SchemaShape(inputSchema.Append(FeaturesShape()));
        return mlContext.Transforms.DropColumns(Features).GetOutputSchema(
            task.Promise(mlContext, withFeatures, options.LabelColumnName, Features));
    }

    private TrainedHead Train(IDataView labelled)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(options.CancellationToken);
        if (context.IsCanceled) stop.Cancel();
        TrainingOptions training = options.Training with { Seed = context.Seed ?? options.Training.Seed };
        return task.Train(labelled, options, training, new Listener(context, options.Progress, stop), stop.Token);
    }

    // SchemaShape.Column has no public constructor, but an estimator of ML.NET makes one.
    private SchemaShape.Column FeaturesShape()
    {
        var definition = SchemaDefinition.Create(typeof(FeatureRow));
        definition[0].ColumnName = Features;
        definition[0].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1);
        return mlContext.Transforms.CustomMapping<NoColumns, FeatureRow>(
            (_, _) => { }, contractName: null, outputSchemaDefinition: definition)
            .GetOutputSchema(new SchemaShape([])).Single();
    }

    private sealed class Listener(CatalogContext context, IProgress<TrainingEvent>? progress,
        CancellationTokenSource stop) : IProgress<TrainingEvent>
    {
        public void Report(TrainingEvent value)
        {
            context.Log(value);
            progress?.Report(value);
            if (context.IsCanceled) stop.Cancel();
        }
    }

    private sealed class NoColumns;

    private sealed class FeatureRow
    {
        public float[]? Features { get; set; }
    }
}
