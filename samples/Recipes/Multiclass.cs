using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.MLNetPipelines;

namespace ImageRecipes;

/// <summary>Which flower? One estimator from photos to classes, with each part at its default but the cache on disk.</summary>
internal static class Multiclass
{
    public static string Run(MLContext mlContext, string folder, string backbone)
    {
        (IReadOnlyList<LabeledImage> train, IReadOnlyList<LabeledImage> test) = StratifiedSplit.Of(ImageFolder.List(folder), photo => photo.Label, 0.25, seed: 1);
        var options = new ImageClassificationOptions { Featurizing = new FeaturizeImagesOptions { Cache = new FeatureCacheOptions() } };

        using TransformerChain<ITransformer> model = mlContext.MulticlassClassification.ImageClassification(backbone, options)
            .Fit(mlContext.Data.LoadFromEnumerable(train));
        MulticlassClassificationMetrics metrics = mlContext.MulticlassClassification.Evaluate(model.Transform(mlContext.Data.LoadFromEnumerable(test)));
        return $"Accuracy: {metrics.MicroAccuracy:F3}";
    }
}
