using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>What is learned of an image: the labels that it takes, and the columns that it gives.</summary>
internal abstract class FineTuningTask
{
    /// <summary>A class of several.</summary>
    public static FineTuningTask Multiclass { get; } = new Classes();

    /// <summary>Yes or no.</summary>
    public static FineTuningTask Binary { get; } = new YesOrNo();

    /// <summary>A number.</summary>
    public static FineTuningTask Regression { get; } = new Values();

    /// <summary>Any number of labels.</summary>
    public static FineTuningTask MultiLabel { get; } = new Labelled();

    /// <summary>The types of labels, in words.</summary>
    protected abstract string Expected { get; }

    /// <exception cref="ArgumentOutOfRangeException">The column is missing or of another type.</exception>
    public void Check(DataViewSchema schema, string label)
    {
        DataViewType type = LabelColumn.Of(schema, label).Type;
        bool isVector = type is VectorDataViewType;
        DataViewType item = type is VectorDataViewType vector ? vector.ItemType : type;
        Check(label, item is KeyDataViewType key ? ColumnTypeOf(key.RawType) : item, item is KeyDataViewType, isVector);
    }

    /// <inheritdoc cref="Check(DataViewSchema, string)"/>
    public void Check(SchemaShape schema, string label)
    {
        SchemaShape.Column column = LabelColumn.Of(schema, label);
        Check(label, column.ItemType, column.IsKey, column.Kind != SchemaShape.Column.VectorKind.Scalar);
    }

    /// <summary>What becomes of the labels before training; null leaves them as they are.</summary>
    public virtual ImageLabelTransformer? Labels(MLContext mlContext, IDataView input, string label) => null;

    /// <summary>The columns of a fitted model.</summary>
    /// <param name="mlContext">A context.</param>
    /// <param name="input">Those of the input, and the features.</param>
    /// <param name="label">The column of labels.</param>
    /// <param name="features">The column of features.</param>
    public abstract SchemaShape Promise(MLContext mlContext, SchemaShape input, string label, string features);

    /// <summary>Trains a backbone and a head.</summary>
    /// <param name="labelled">Images and labels, as they are trained on.</param>
    /// <param name="options">Columns, and images to validate on.</param>
    /// <param name="training">What is trained, and how.</param>
    /// <param name="progress">Hears of it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public abstract TrainedHead Train(
        IDataView labelled, FineTuningOptions options, TrainingOptions training, IProgress<TrainingEvent> progress,
        CancellationToken cancellationToken);

    protected abstract bool Takes(DataViewType item, bool isKey);

    /// <summary>Whether a label is a vector.</summary>
    protected virtual bool TakesVectors => false;

    private void Check(string label, DataViewType item, bool isKey, bool isVector)
    {
        if (isVector == TakesVectors && Takes(item, isKey)) return;
        string name = isKey ? $"Key<{item}>" : $"{item}";
        throw new ArgumentOutOfRangeException(paramName: null,
            $"Schema mismatch for label column '{label}': expected {Expected}, got {(isVector ? $"Vector<{name}>" : name)}.");
    }

    private static NumberDataViewType ColumnTypeOf(Type raw) => Type.GetTypeCode(raw) switch
    {
        TypeCode.Byte => NumberDataViewType.Byte,
        TypeCode.UInt16 => NumberDataViewType.UInt16,
        TypeCode.UInt32 => NumberDataViewType.UInt32,
        _ => NumberDataViewType.UInt64,
    };

    /// <summary>Trains on classes.</summary>
    /// <param name="head">Makes the head of a classifier in a context, for a column of features.</param>
    /// <param name="labelled">Images and labels, as they are trained on.</param>
    /// <param name="options">Columns, and images to validate on.</param>
    /// <param name="training">What is trained, and how.</param>
    /// <param name="progress">Hears of it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    private static TrainedHead TrainClasses(
        Func<MLContext, ImageClassifier, string, TransformerChain<ITransformer>> head, IDataView labelled, FineTuningOptions options,
        TrainingOptions training, IProgress<TrainingEvent> progress, CancellationToken cancellationToken)
    {
        using var data = ImageDataSet.FromDataView(labelled, options.ImageColumnName, options.LabelColumnName, options.Validation);
        TrainingRun run = BackboneTrainer.Train(data, training, progress, cancellationToken);
        return new TrainedHead(run.BackboneFile, (context, features) => head(context, run.Classifier, features), run);
    }

    private sealed class Classes : FineTuningTask
    {
        protected override string Expected => "String, Key, Boolean or a number";

        protected override bool Takes(DataViewType item, bool isKey) =>
            item is TextDataViewType or BooleanDataViewType or NumberDataViewType;

        public override ImageLabelTransformer? Labels(MLContext mlContext, IDataView input, string label) =>
            input.Schema[label].Type is KeyDataViewType ? null : new ImageLabelTransformer(Keys(mlContext, label).Fit(input));

        public override SchemaShape Promise(MLContext mlContext, SchemaShape input, string label, string features)
        {
            SchemaShape keyed = LabelColumn.Of(input, label).IsKey ? input : Keys(mlContext, label).GetOutputSchema(input);
            return mlContext.MulticlassClassification.Trainers.LbfgsMaximumEntropy(label, features).GetOutputSchema(keyed);
        }

        public override TrainedHead Train(
            IDataView labelled, FineTuningOptions options, TrainingOptions training, IProgress<TrainingEvent> progress,
            CancellationToken cancellationToken) =>
            TrainClasses(
                (context, classifier, features) => GivenHead.Multiclass(
                    context, classifier.Linear, classifier.Classes, labelled.Schema[options.LabelColumnName], features),
                labelled, options, training, progress, cancellationToken);

        private static ValueToKeyMappingEstimator Keys(MLContext mlContext, string label) =>
            mlContext.Transforms.Conversion.MapValueToKey(label, keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue);
    }

    private sealed class YesOrNo : FineTuningTask
    {
        protected override string Expected => "Boolean";

        protected override bool Takes(DataViewType item, bool isKey) => item is BooleanDataViewType;

        public override SchemaShape Promise(MLContext mlContext, SchemaShape input, string label, string features) =>
            mlContext.BinaryClassification.Trainers.LbfgsLogisticRegression(label, features).GetOutputSchema(input);

        public override TrainedHead Train(
            IDataView labelled, FineTuningOptions options, TrainingOptions training, IProgress<TrainingEvent> progress,
            CancellationToken cancellationToken) =>
            TrainClasses((context, classifier, features) => GivenHead.Binary(context, classifier.Linear, features),
                labelled, options, training, progress, cancellationToken);
    }

    private sealed class Values : FineTuningTask
    {
        // As ML.NET's own regression trainers and their evaluation take it.
        protected override string Expected => "Single";

        protected override bool Takes(DataViewType item, bool isKey) => !isKey && item == NumberDataViewType.Single;

        public override SchemaShape Promise(MLContext mlContext, SchemaShape input, string label, string features) =>
            mlContext.Regression.Trainers.Sdca(label, features).GetOutputSchema(input);

        public override TrainedHead Train(
            IDataView labelled, FineTuningOptions options, TrainingOptions training, IProgress<TrainingEvent> progress,
            CancellationToken cancellationToken)
        {
            using var data = RegressionDataSet.FromDataView(labelled, options.ImageColumnName, options.LabelColumnName, options.Validation);
            RegressionRun run = BackboneTrainer.Train(data, training, progress, cancellationToken);
            return new TrainedHead(run.BackboneFile, (context, features) => GivenHead.Regression(context, run.Numbers, features), run);
        }
    }

    private sealed class Labelled : FineTuningTask
    {
        protected override string Expected => "Vector<String>";

        protected override bool TakesVectors => true;

        protected override bool Takes(DataViewType item, bool isKey) => item is TextDataViewType;

        // ML.NET has no trainer that gives these columns; a step that would make them promises them.
        public override SchemaShape Promise(MLContext mlContext, SchemaShape input, string label, string features) =>
            mlContext.Transforms.CustomMapping<NoColumns, LabelColumns>((_, _) => { }, contractName: null).GetOutputSchema(input);

        public override TrainedHead Train(
            IDataView labelled, FineTuningOptions options, TrainingOptions training, IProgress<TrainingEvent> progress,
            CancellationToken cancellationToken)
        {
            using var data = MultiLabelDataSet.FromDataView(labelled, options.ImageColumnName, options.LabelColumnName, options.Validation);
            MultiLabelRun run = BackboneTrainer.Train(data, training, progress, cancellationToken);
            return new TrainedHead(run.BackboneFile, (context, features) => GivenHead.MultiLabel(context, run.Labeler, features), run);
        }

        private sealed class NoColumns;

        private sealed class LabelColumns
        {
            public float[] Score { get; set; } = [];

            public string[] PredictedLabels { get; set; } = [];
        }
    }
}

/// <summary>A trained backbone and what makes predictions of its features.</summary>
/// <param name="BackboneFile">The exported network, until this is disposed of.</param>
/// <param name="Head">Makes the head in a context, for a column of features.</param>
/// <param name="Run">What both belong to.</param>
internal sealed record TrainedHead(
    string BackboneFile, Func<MLContext, string, TransformerChain<ITransformer>> Head, IDisposable Run) : IDisposable
{
    public void Dispose() => Run.Dispose();
}
