using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// ML.NET's linear models with given numbers. ML.NET makes one only by training, so each is trained on nothing that could be learned and
/// then given them.
/// </summary>
public static class GivenHead
{
    private const string KeyValues = "KeyValues";

    // The logit of a class that there is no row for: its probability is 0.
    private const float Never = -1000;

    /// <summary>A classifier of many classes, as ML.NET's multiclass trainers make it.</summary>
    /// <param name="mlContext">The context that it is made in.</param>
    /// <param name="head">The numbers; softmax makes probabilities of its logits.</param>
    /// <param name="classes">The class of each row of the numbers.</param>
    /// <param name="label">
    /// A column of keys: the scores have an entry for each of its keys, in their order, and <c>PredictedLabel</c> has its keys and their
    /// values. The score of one that <paramref name="classes"/> lacks is 0.
    /// </param>
    /// <param name="featureColumnName">
    /// The column of features, a vector of <see cref="float"/>; it is scaled in place where the head does so.
    /// </param>
    /// <returns>A chain that adds <c>PredictedLabel</c> and <c>Score</c>.</returns>
    public static TransformerChain<ITransformer> Multiclass(
        MLContext mlContext, LinearHead head, IReadOnlyList<string> classes, DataViewSchema.Column label, string featureColumnName)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(classes);
        if (head.Link != HeadLink.Softmax)
            throw new ArgumentException("Softmax has to make probabilities of the head's logits.", nameof(head));
        (float[][] weights, float[] biases, bool unitLength) = Folded(head);
        IReadOnlyList<string> names = LabelColumn.NamesOf(label);
        Dictionary<string, int> rows = classes.Index().ToDictionary(entry => entry.Item, entry => entry.Index, StringComparer.Ordinal);
        var definition = SchemaDefinition.Create(typeof(KeyRow));
        SchemaDefinition.Column key = definition[nameof(KeyRow.Label)];
        key.ColumnType = new KeyDataViewType(typeof(uint), names.Count);
        if (label.HasKeyValues()) CopyKeyValues(label, key);
        IDataView nothing = View(mlContext, definition, featureColumnName, weights[0].Length,
            Enumerable.Range(1, names.Count).Select(i => new KeyRow { Label = (uint)i, Features = new float[weights[0].Length] }));

        TransformerChain<ITransformer> chain = Fit(mlContext, featureColumnName, unitLength, nothing,
            ClassificationHead.Trainer(mlContext, nameof(KeyRow.Label), featureColumnName));
        MaximumEntropyModelParameters model = ModelOf<MaximumEntropyModelParameters>(chain);
        float[] missing = new float[weights[0].Length];
        Give(model, [.. names.Select(name => rows.TryGetValue(name, out int row) ? weights[row] : missing)],
            [.. names.Select(name => rows.TryGetValue(name, out int row) ? biases[row] : Never)]);
        return chain;
    }

    /// <summary>A classifier of yes and no, as ML.NET's calibrated binary trainers make it.</summary>
    /// <param name="mlContext">The context that it is made in.</param>
    /// <param name="head">The numbers of no and of yes, in this order; softmax makes probabilities of its logits.</param>
    /// <param name="featureColumnName">
    /// The column of features, a vector of <see cref="float"/>; it is scaled in place where the head does so.
    /// </param>
    /// <returns>
    /// A chain that adds <c>PredictedLabel</c> (Boolean), <c>Score</c> (the logit of yes) and <c>Probability</c> (its sigmoid).
    /// </returns>
    public static TransformerChain<ITransformer> Binary(MLContext mlContext, LinearHead head, string featureColumnName)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(head);
        if (head.Link != HeadLink.Softmax || head.Biases.Length != 2)
            throw new ArgumentException("The head has to have two classes, and softmax to make probabilities of its logits.", nameof(head));
        (float[][] weights, float[] biases, bool unitLength) = Folded(head);
        int width = weights[0].Length;
        IDataView nothing = View(mlContext, SchemaDefinition.Create(typeof(BooleanRow)), featureColumnName, width,
            new[] { false, true }.Select(label => new BooleanRow { Label = label, Features = new float[width] }));

        TransformerChain<ITransformer> chain = Fit(mlContext, featureColumnName, unitLength, nothing,
            mlContext.BinaryClassification.Trainers.LbfgsLogisticRegression(nameof(BooleanRow.Label), featureColumnName));
        LinearModelParameters model =
            ModelOf<CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>>(chain).SubModel;
        Give(model, [.. weights[1].Zip(weights[0], (yes, no) => yes - no)], biases[1] - biases[0]);
        return chain;
    }

    /// <summary>A model that gives a number, as ML.NET's linear regression trainers make it.</summary>
    /// <param name="mlContext">The context that it is made in.</param>
    /// <param name="head">The numbers: one row, whose link is <see cref="HeadLink.None"/>.</param>
    /// <param name="featureColumnName">
    /// The column of features, a vector of <see cref="float"/>; it is scaled in place where the head scales to unit length.
    /// </param>
    /// <returns>A chain that adds <c>Score</c>, the value.</returns>
    public static TransformerChain<ITransformer> Regression(MLContext mlContext, LinearHead head, string featureColumnName)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(head);
        if (head.Link != HeadLink.None || head.Biases.Length != 1)
            throw new ArgumentException("The head has to have one row, and no link to make probabilities of its value.", nameof(head));
        (float[][] weights, float[] biases, bool unitLength) = Folded(head);
        IDataView nothing = View(mlContext, SchemaDefinition.Create(typeof(ValueRow)), featureColumnName, weights[0].Length,
            new[] { 0, 1 }.Select(label => new ValueRow { Label = label, Features = new float[weights[0].Length] }));

        TransformerChain<ITransformer> chain = Fit(mlContext, featureColumnName, unitLength, nothing,
            mlContext.Regression.Trainers.Sdca(new SdcaRegressionTrainer.Options
            {
                FeatureColumnName = featureColumnName,
                NumberOfThreads = 1,
                MaximumNumberOfIterations = 1,
                L2Regularization = 1,
            }));
        Give(ModelOf<LinearRegressionModelParameters>(chain), weights[0], biases[0]);
        return chain;
    }

    /// <summary>
    /// A model that gives an image any number of labels. ML.NET's linear margins of many classes become probabilities by the sigmoid, and a
    /// custom step picks the labels.
    /// </summary>
    /// <param name="mlContext">The context that it is made in.</param>
    /// <param name="head">The numbers, labels and thresholds.</param>
    /// <param name="featureColumnName">
    /// The column of features, a vector of <see cref="float"/>; it is scaled in place where the head scales to unit length.
    /// </param>
    /// <returns>
    /// A chain that adds <c>Score</c> (the probability of each label, whose slots have the labels' names) and <c>PredictedLabels</c> (text, those
    /// that reach their threshold, in the labels' order; none where features are missing).
    /// </returns>
    public static TransformerChain<ITransformer> MultiLabel(MLContext mlContext, MultiLabelHead head, string featureColumnName)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(head);
        if (head.Numbers.Link != HeadLink.Sigmoid || head.Numbers.Biases.Length != head.Labels.Count)
            throw new ArgumentException("The head has to have a row for each label, and the sigmoid to make probabilities of its logits.", nameof(head));
        (float[][] weights, float[] biases, bool unitLength) = Folded(head.Numbers);
        var definition = SchemaDefinition.Create(typeof(KeyRow));
        SchemaDefinition.Column key = definition[nameof(KeyRow.Label)];
        key.ColumnType = new KeyDataViewType(typeof(uint), head.Labels.Count);
        ReadOnlyMemory<char>[] names = [.. head.Labels.Select(label => label.AsMemory())];
        key.AddAnnotation(KeyValues, new VBuffer<ReadOnlyMemory<char>>(names.Length, names), new VectorDataViewType(TextDataViewType.Instance, names.Length));
        IDataView nothing = View(mlContext, definition, featureColumnName, weights[0].Length,
            Enumerable.Range(1, names.Length).Select(i => new KeyRow { Label = (uint)i, Features = new float[weights[0].Length] }));

        TransformsCatalog transforms = mlContext.Transforms;
        TransformerChain<ITransformer> chain = Fit(mlContext, featureColumnName, unitLength, nothing,
            Margins(mlContext, featureColumnName)
            .Append(transforms.Expression(HeadChain.Score, "x : 1 / (1 + exp(-x))", HeadChain.Score))
            .Append(transforms.CustomMapping(new SavedEmptyText().GetMapping(), SavedEmptyText.ContractName))
            .Append(transforms.Expression(SavedColumns.Settings, $"nothing : \"{LabelSettings.Of(head)}\"", SavedColumns.Nothing))
            .Append(transforms.CustomMapping(new SavedLabels().GetMapping(), SavedLabels.ContractName))
            .Append(transforms.DropColumns("PredictedLabel", SavedColumns.Nothing, SavedColumns.Settings)));
        TransformerChain<ITransformer> flat = new([.. chain.SelectMany(part => part is IEnumerable<ITransformer> parts ? parts : [part])]);
        Give(ModelOf<LinearMulticlassModelParametersBase>(flat), weights, biases);
        return flat;
    }

    /// <summary>Linear functions of features.</summary>
    /// <param name="mlContext">The context that it is made in.</param>
    /// <param name="weights">A row for each function.</param>
    /// <param name="biases">One for each function.</param>
    /// <param name="featureColumnName">The column of features, a vector of <see cref="float"/>.</param>
    /// <returns>What adds <c>Score</c>, the values, and a <c>PredictedLabel</c> that means nothing.</returns>
    internal static ITransformer Linear(MLContext mlContext, IReadOnlyList<float[]> weights, float[] biases, string featureColumnName)
    {
        var definition = SchemaDefinition.Create(typeof(KeyRow));
        definition[nameof(KeyRow.Label)].ColumnType = new KeyDataViewType(typeof(uint), biases.Length);
        // Two rows are enough: the key says how many functions there are.
        IDataView nothing = View(mlContext, definition, featureColumnName, weights[0].Length,
            Enumerable.Range(1, 2).Select(i => new KeyRow { Label = (uint)i, Features = new float[weights[0].Length] }));
        TransformerChain<ITransformer> chain =
            Fit(mlContext, featureColumnName, unitLength: false, nothing, Margins(mlContext, featureColumnName));
        Give(ModelOf<LinearMulticlassModelParametersBase>(chain), weights, biases);
        return chain.Single();
    }

    private static SdcaNonCalibratedMulticlassTrainer Margins(MLContext mlContext, string featureColumnName) =>
        mlContext.MulticlassClassification.Trainers.SdcaNonCalibrated(new SdcaNonCalibratedMulticlassTrainer.Options
        {
            LabelColumnName = nameof(KeyRow.Label),
            FeatureColumnName = featureColumnName,
            NumberOfThreads = 1,
            MaximumNumberOfIterations = 1,
            L2Regularization = 1,
        });

    /// <summary>Gives a multiclass model its numbers.</summary>
    internal static void Give(LinearMulticlassModelParametersBase model, IReadOnlyList<float[]> weights, float[] biases)
    {
        biases.CopyTo(BiasesOf(model), 0);
        VBuffer<float>[] rows = WeightsOf(model);
        foreach ((int i, float[] row) in weights.Index()) rows[i] = new VBuffer<float>(row.Length, row);
    }

    private static void Give(LinearModelParameters model, float[] weights, float bias)
    {
        WeightOf(model) = new VBuffer<float>(weights.Length, weights);
        SetBias(model, bias);
    }

    // (x - offset) * scale, row by row: a linear function of x too.
    private static (float[][] Weights, float[] Biases, bool UnitLength) Folded(LinearHead head)
    {
        (float[][] weights, float[] biases) = (head.Weights, head.Biases);
        List<FeatureStep> steps = [.. head.Steps];
        while (steps is [.., FeatureStep.Scaling scaling])
        {
            float[][] scaled = [.. weights.Select(row => row.Zip(scaling.Scale, (weight, scale) => weight * scale).ToArray())];
            biases = [.. biases.Zip(scaled, (bias, row) =>
                (float)(bias - row.Zip(scaling.Offset, (weight, offset) => (double)weight * offset).Sum()))];
            weights = scaled;
            steps.RemoveAt(steps.Count - 1);
        }

        if (steps is [] or [FeatureStep.Normalization { Norm: FeatureNorm.L2, ZeroMean: false, Factor: 1 }])
            return (weights, biases, steps.Count > 0);
        throw new NotSupportedException($"A head behind {string.Join(", ", head.Steps)} cannot be given to ML.NET.");
    }

    private static TransformerChain<ITransformer> Fit(
        MLContext mlContext, string featureColumnName, bool unitLength, IDataView nothing, IEstimator<ITransformer> trainer)
    {
        EstimatorChain<ITransformer> chain = new();
        if (unitLength) chain = chain.Append<ITransformer>(mlContext.Transforms.NormalizeLpNorm(featureColumnName));
        return chain.Append(trainer).Fit(nothing);
    }

    private static T ModelOf<T>(IEnumerable<ITransformer> chain) where T : class =>
        (T)chain.OfType<ISingleFeaturePredictionTransformer<object>>().Single().Model;

    private static IDataView View<TRow>(
        MLContext mlContext, SchemaDefinition definition, string featureColumnName, int width, IEnumerable<TRow> rows)
        where TRow : class
    {
        SchemaDefinition.Column features = definition[nameof(KeyRow.Features)];
        (features.ColumnName, features.ColumnType) = (featureColumnName, new VectorDataViewType(NumberDataViewType.Single, width));
        return mlContext.Data.LoadFromEnumerable(rows.ToArray(), definition);
    }

    private static void CopyKeyValues(DataViewSchema.Column from, SchemaDefinition.Column to)
    {
        DataViewType type = from.Annotations.Schema[KeyValues].Type;
        typeof(GivenHead).GetMethod(nameof(CopyKeyValuesOf), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(((VectorDataViewType)type).ItemType.RawType).Invoke(null, [from, to, type]);
    }

    private static void CopyKeyValuesOf<T>(DataViewSchema.Column from, SchemaDefinition.Column to, DataViewType type)
    {
        VBuffer<T> values = default;
        from.Annotations.GetValue(KeyValues, ref values);
        to.AddAnnotation(KeyValues, values, type);
    }

    // There is no public way to set them; GivenHeadTests has what must hold afterwards.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "Weights")]
    private static extern ref VBuffer<float>[] WeightsOf(LinearMulticlassModelParametersBase model);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "Biases")]
    private static extern ref float[] BiasesOf(LinearMulticlassModelParametersBase model);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "Weight")]
    private static extern ref VBuffer<float> WeightOf(LinearModelParameters model);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Bias")]
    private static extern void SetBias(LinearModelParameters model, float bias);

    private sealed class KeyRow
    {
        public uint Label { get; set; }

        public float[] Features { get; set; } = [];
    }

    private sealed class BooleanRow
    {
        public bool Label { get; set; }

        public float[] Features { get; set; } = [];
    }

    private sealed class ValueRow
    {
        public float Label { get; set; }

        public float[] Features { get; set; } = [];
    }
}
