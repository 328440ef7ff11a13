using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A linear classifier on a backbone's features: scaled to unit length, then multinomial logistic regression. Trainer and regularization
/// were chosen by measurement (benchmarks/HeadSelection); unit length makes one regularization fit the features of every backbone.
/// </summary>
public static class ClassificationHead
{
    private const string KeyColumn = "LabelKey";
    private const string WeightColumn = "ClassWeight";
    private const string UnitLengthColumn = "UnitLengthFeatures";

    /// <summary>Trains the classifier. The same images in the same order give the same one.</summary>
    /// <param name="mlContext">The context that it is trained in.</param>
    /// <param name="images">Images of at least two classes.</param>
    /// <param name="options">How; null takes the defaults.</param>
    /// <returns>A chain that takes <c>Features</c> and adds <c>Score</c>, the probability of each class, and <c>PredictedLabel</c> (text).</returns>
    /// <exception cref="InvalidDataException">There are fewer than two classes, or a weight for one that has no images.</exception>
    public static ITransformer Fit(MLContext mlContext, IReadOnlyList<LabeledFeatures> images, ClassificationHeadOptions? options = null) =>
        Fit(mlContext, images, options ?? new ClassificationHeadOptions(), unitLength: true);

    private static ITransformer Fit(MLContext mlContext, IReadOnlyList<LabeledFeatures> images, ClassificationHeadOptions options, bool unitLength)
    {
        string[] classes = [.. images.Select(image => image.Label).Distinct().Order(StringComparer.Ordinal)];
        if (classes.Length < 2)
        {
            throw new InvalidDataException(classes is [string only]
                ? $"All images are of class '{only}'. A classifier needs two classes at least: a folder for each."
                : "There are no images to train on.");
        }

        TransformsCatalog transforms = mlContext.Transforms;
        IDataView data = LabeledFeatures.ToDataView(mlContext, images);
        // The label and its weight are mapped outside the chain: a model that is used has pictures, not labels.
        IDataView keyed = transforms.Conversion.MapValueToKey(KeyColumn, nameof(LabeledFeatures.Label), keyData: ClassNames.ToDataView(mlContext, classes))
            .Fit(data).Transform(data);
        IReadOnlyDictionary<string, float>? weights = options.ClassWeights.For(images.CountBy(image => image.Label).ToDictionary());
        if (weights is not null) keyed = transforms.Conversion.MapValue(WeightColumn, weights, nameof(LabeledFeatures.Label)).Fit(keyed).Transform(keyed);

        string? weightColumn = weights is null ? null : WeightColumn;
        if (!unitLength)
        {
            return Trainer(mlContext, KeyColumn, nameof(LabeledFeatures.Features), weightColumn, options.L2Regularization)
                .Append(transforms.Conversion.MapKeyToValue("PredictedLabel"))
                .Fit(keyed);
        }
        return transforms.NormalizeLpNorm(UnitLengthColumn, nameof(LabeledFeatures.Features))
            .Append(Trainer(mlContext, KeyColumn, UnitLengthColumn, weightColumn, options.L2Regularization))
            .Append(transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Append(transforms.DropColumns(UnitLengthColumn))
            .Fit(keyed);
    }

    /// <summary>
    /// The classifier that has given numbers. ML.NET makes one only by training, so it is trained on nothing that could be learned and then given them.
    /// </summary>
    /// <param name="mlContext">The context that it is made in.</param>
    /// <param name="head">The numbers, for features of unit length or as they are.</param>
    /// <param name="classes">The classes' names, in their order.</param>
    public static ITransformer Of(MLContext mlContext, LinearHead head, IReadOnlyList<string> classes)
    {
        LabeledFeatures[] nothing = [.. classes.Select(name => new LabeledFeatures("", name, new float[head.Weights[0].Length]))];
        ITransformer classifier = Fit(mlContext, nothing, new ClassificationHeadOptions(), unitLength: head.Steps.Count > 0);
        MaximumEntropyModelParameters model = ((IEnumerable<ITransformer>)classifier)
            .OfType<ISingleFeaturePredictionTransformer<object>>().Select(part => part.Model).OfType<MaximumEntropyModelParameters>().Single();
        head.Biases.CopyTo(BiasesOf(model), 0);
        VBuffer<float>[] weights = WeightsOf(model);
        foreach ((int i, float[] row) in head.Weights.Index()) weights[i] = new VBuffer<float>(row.Length, row);
        return classifier;
    }

    // There is no public way to set them; GivenHeadTests has what must hold afterwards.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "Weights")]
    private static extern ref VBuffer<float>[] WeightsOf(LinearMulticlassModelParametersBase model);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "Biases")]
    private static extern ref float[] BiasesOf(LinearMulticlassModelParametersBase model);

    /// <summary>The trainer alone; its regularization is for features of unit length.</summary>
    internal static LbfgsMaximumEntropyMulticlassTrainer Trainer(
        MLContext mlContext, string labelColumnName, string featureColumnName, string? weightColumnName = null,
        float l2Regularization = ClassificationHeadOptions.DefaultL2Regularization) =>
        mlContext.MulticlassClassification.Trainers.LbfgsMaximumEntropy(new LbfgsMaximumEntropyMulticlassTrainer.Options
        {
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            ExampleWeightColumnName = weightColumnName,
            L1Regularization = 0,
            L2Regularization = l2Regularization,
            NumberOfThreads = 1, // more would add in another order each time
        });
}
