using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace ImageRecipes;

/// <summary>What kinds of photos are there? As many clusters as classes, found without the classes, and compared with them.</summary>
internal static class Clustering
{
    public static string Run(MLContext mlContext, string folder, string backbone)
    {
        IDataView photos = mlContext.Data.LoadImageFolder(folder);
        IDataView features = mlContext.Transforms.Conversion.MapValueToKey("Class", "Label").Fit(photos)
            .Transform(Photos.Featurize(mlContext, photos, backbone));
        int classes = photos.GetColumn<string>("Label").Distinct().Count();

        var model = mlContext.Clustering.Trainers.KMeans(new KMeansTrainer.Options { NumberOfClusters = classes, NumberOfThreads = 1 }).Fit(features);
        ClusteringMetrics metrics = mlContext.Clustering.Evaluate(model.Transform(features), labelColumnName: "Class");
        return $"Normalized mutual information: {metrics.NormalizedMutualInformation:F3}";
    }
}
