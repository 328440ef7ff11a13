using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.MLNetPipelines;

namespace ImageRecipes;

/// <summary>What does not belong? Learned from sunflowers alone, other flowers are to rank as more anomalous than sunflowers not seen before.</summary>
internal static class Anomaly
{
    public static string Run(MLContext mlContext, string folder, string backbone)
    {
        IReadOnlyList<LabeledImage> photos = ImageFolder.List(folder);
        LabeledImage[] normal = [.. photos.Where(photo => photo.Label == "sunflowers").SkipLast(10)];
        IDataView train = Photos.Featurize(mlContext, mlContext.Data.LoadFromEnumerable(normal), backbone);
        IDataView test = Photos.Featurize(mlContext, mlContext.Data.LoadFromEnumerable(photos.Except(normal).ToArray()), backbone);

        var model = mlContext.AnomalyDetection.Trainers.RandomizedPca(rank: 10, ensureZeroMean: true, seed: 1).Fit(train);
        IDataView scored = mlContext.Transforms.Expression("IsAnomaly", """label : label == "sunflowers" ? 0f : 1f""", "Label").Fit(test).Transform(model.Transform(test));
        return $"AUC: {mlContext.AnomalyDetection.Evaluate(scored, "IsAnomaly").AreaUnderRocCurve:F3}";
    }
}
