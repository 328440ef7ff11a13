using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A linear classifier on a backbone's features: multinomial logistic regression on features that are scaled. The trainer was chosen by
/// measurement (benchmarks/HeadSelection); scaling and regularization are chosen for each data set, unless they are given.
/// </summary>
public static class ClassificationHead
{
    private const string KeyColumn = "LabelKey";
    private const string WeightColumn = "ClassWeight";
    private const string ScaledColumn = "ScaledFeatures";

    /// <summary>Trains the classifier. The same images in the same order give the same one.</summary>
    /// <param name="mlContext">The context that it is trained in.</param>
    /// <param name="images">Images of at least two classes.</param>
    /// <param name="options">How; null takes the defaults.</param>
    /// <returns>A chain that takes <c>Features</c> and adds <c>Score</c>, the probability of each class, and <c>PredictedLabel</c> (text).</returns>
    /// <exception cref="InvalidDataException">There are fewer than two classes, or a weight for one that has no images.</exception>
    public static ITransformer Fit(MLContext mlContext, IReadOnlyList<LabeledFeatures> images, ClassificationHeadOptions? options = null)
    {
        ClassificationHeadOptions chosen = Choose(images, options);
        return Fit(mlContext, images, chosen, chosen.Scaling);
    }

    /// <summary>
    /// Chooses what the options leave open: by stratified cross-validation on these images alone, in seconds at most (benchmarks/HeadSelection).
    /// Where they are too few to tell, or no choice is clearly better, features get unit length and L2 is 0.01.
    /// </summary>
    /// <param name="images">The images to train on.</param>
    /// <param name="options">What is null is chosen; null leaves everything open.</param>
    /// <returns>The options with <see cref="ClassificationHeadOptions.Scaling"/> and <see cref="ClassificationHeadOptions.L2Regularization"/> set.</returns>
    /// <exception cref="InvalidDataException">There are fewer than two classes, or a weight for one that has no images.</exception>
    public static ClassificationHeadOptions Choose(IReadOnlyList<LabeledFeatures> images, ClassificationHeadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        options ??= new ClassificationHeadOptions();
        string[] classes = Classes(images);
        IReadOnlyDictionary<string, float>? weights = WeightsOf(images, options);
        return HeadSelection.Choose(options, [.. images.Select(image => image.Features)],
            [.. images.Select(image => Array.BinarySearch(classes, image.Label, StringComparer.Ordinal))],
            weights is null ? null : [.. images.Select(image => weights[image.Label])]);
    }

    /// <summary>
    /// Divides a head's logits by the <see cref="Temperature"/> that suits predictions of images which five folds held out of heads like it.
    /// </summary>
    /// <param name="mlContext">The context that those are trained in.</param>
    /// <param name="head">What <see cref="Fit(MLContext, IReadOnlyList{LabeledFeatures}, ClassificationHeadOptions?)"/> made; it is changed in place.</param>
    /// <param name="images">The images that it was trained on.</param>
    /// <param name="options">How: with nothing left to choose, as <see cref="Choose"/> returns them.</param>
    /// <returns>The temperature; 1, which changes nothing, where there are fewer than 20 images.</returns>
    public static double Calibrate(
        MLContext mlContext, ITransformer head, IReadOnlyList<LabeledFeatures> images, ClassificationHeadOptions options)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(options);
        if (images.Count < HeadSelection.FewestImages) return 1;
        string[] all = Classes(images);
        int[] foldOf = HeadSelection.FoldOf([.. images.Select(image => Array.BinarySearch(all, image.Label, StringComparer.Ordinal))], options.Seed);
        List<float[]> probabilities = [];
        List<int> truth = [];
        for (int fold = 0; fold < HeadSelection.Folds; fold++)
        {
            LabeledFeatures[] train = [.. images.Where((_, i) => foldOf[i] != fold)];
            string[] classes = Classes(train);
            // A class of one image is not known to the fold that holds it out.
            LabeledFeatures[] held = [.. images.Where((image, i) => foldOf[i] == fold && classes.Contains(image.Label))];
            if (held.Length == 0) continue;
            ITransformer part = Fit(mlContext, train, options, options.Scaling);
            probabilities.AddRange(part.Transform(LabeledFeatures.ToDataView(mlContext, held)).GetColumn<float[]>("Score"));
            truth.AddRange(held.Select(image => Array.BinarySearch(classes, image.Label, StringComparer.Ordinal)));
        }

        double temperature = Temperature.Fit(probabilities, truth);
        MaximumEntropyModelParameters model = ModelOf(head);
        LinearHead scaled = Temperature.Apply(LinearHead.Of(model), temperature);
        GivenHead.Give(model, scaled.Weights, scaled.Biases);
        return temperature;
    }

    private static MaximumEntropyModelParameters ModelOf(ITransformer head) => ((IEnumerable<ITransformer>)head)
        .OfType<ISingleFeaturePredictionTransformer<object>>().Select(part => part.Model).OfType<MaximumEntropyModelParameters>().Single();

    private static ITransformer Fit(MLContext mlContext, IReadOnlyList<LabeledFeatures> images, ClassificationHeadOptions options, FeatureScaling? scaling)
    {
        string[] classes = Classes(images);
        TransformsCatalog transforms = mlContext.Transforms;
        IDataView data = LabeledFeatures.ToDataView(mlContext, images);
        // The label and its weight are mapped outside the chain: a model that is used has pictures, not labels.
        IDataView keyed = transforms.Conversion.MapValueToKey(KeyColumn, nameof(LabeledFeatures.Label), keyData: ClassNames.ToDataView(mlContext, classes))
            .Fit(data).Transform(data);
        IReadOnlyDictionary<string, float>? weights = WeightsOf(images, options);
        if (weights is not null) keyed = transforms.Conversion.MapValue(WeightColumn, weights, nameof(LabeledFeatures.Label)).Fit(keyed).Transform(keyed);

        string? weightColumn = weights is null ? null : WeightColumn;
        float l2 = options.L2Regularization!.Value;
        if (scaling is null)
        {
            return Trainer(mlContext, KeyColumn, nameof(LabeledFeatures.Features), weightColumn, l2)
                .Append(transforms.Conversion.MapKeyToValue("PredictedLabel"))
                .Fit(keyed);
        }

        return Scale(mlContext, scaling.Value, ScaledColumn, nameof(LabeledFeatures.Features))
            .Append(Trainer(mlContext, KeyColumn, ScaledColumn, weightColumn, TrainersL2(scaling.Value, l2, images[0].Features.Length)))
            .Append(transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Append(transforms.DropColumns(ScaledColumn))
            .Fit(keyed);
    }

    private static string[] Classes(IReadOnlyList<LabeledFeatures> images)
    {
        string[] classes = [.. images.Select(image => image.Label).Distinct().Order(StringComparer.Ordinal)];
        return classes.Length >= 2 ? classes : throw new InvalidDataException(classes is [string only]
            ? $"All images are of class '{only}'. A classifier needs two classes at least: a folder for each."
            : "There are no images to train on.");
    }

    private static IReadOnlyDictionary<string, float>? WeightsOf(IReadOnlyList<LabeledFeatures> images, ClassificationHeadOptions options) =>
        options.ClassWeights.Compute(images.CountBy(image => image.Label).ToDictionary());

    /// <summary>
    /// The classifier that has given numbers. ML.NET makes one only by training, so it is trained on nothing that could be learned and then given them.
    /// </summary>
    /// <param name="mlContext">The context that it is made in.</param>
    /// <param name="head">The numbers, for features of unit length or as they are.</param>
    /// <param name="classes">The classes' names, in their order.</param>
    public static ITransformer Of(MLContext mlContext, LinearHead head, IReadOnlyList<string> classes)
    {
        LabeledFeatures[] nothing = [.. classes.Select(name => new LabeledFeatures("", name, new float[head.Weights[0].Length]))];
        ITransformer classifier = Fit(
            mlContext, nothing, ClassificationHeadOptions.Usual, head.Steps.Count > 0 ? FeatureScaling.UnitLength : null);
        GivenHead.Give(ModelOf(classifier), head.Weights, head.Biases);
        return classifier;
    }

    /// <summary>What scales features, and can be saved with a model.</summary>
    internal static EstimatorChain<ITransformer> Scale(MLContext mlContext, FeatureScaling scaling, string outputColumnName, string inputColumnName)
    {
        EstimatorChain<ITransformer> chain = new();
        return scaling == FeatureScaling.UnitLength
            ? chain.Append<ITransformer>(mlContext.Transforms.NormalizeLpNorm(outputColumnName, inputColumnName))
            : chain.Append<ITransformer>(mlContext.Transforms.NormalizeMeanVariance(outputColumnName, inputColumnName, fixZero: false));
    }

    /// <summary>The trainer's regularization: see <see cref="ClassificationHeadOptions.L2Regularization"/>.</summary>
    internal static float TrainersL2(FeatureScaling scaling, float l2, int width) => scaling == FeatureScaling.UnitLength ? l2 : l2 * width;

    /// <summary>The trainer alone.</summary>
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
