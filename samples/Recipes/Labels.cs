using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ImageRecipes;

/// <summary>
/// Any number of labels for a photo, or none: which flower it shows, and whether that is yellow. A rose has none of the labels.
/// </summary>
internal static class Labels
{
    public static string Run(MLContext mlContext, string folder)
    {
        Photo[] photos = [.. ImageFolder.List(folder).Select(photo => new Photo { ImagePath = photo.ImagePath, Labels = LabelsOf(photo.Label) })];
        (IReadOnlyList<Photo> train, IReadOnlyList<Photo> test) = StratifiedSplit.Of(photos, photo => string.Join('|', photo.Labels), 0.25, seed: 1);
        var options = new FineTuningOptions { LabelColumnName = "Labels", Training = new TrainingOptions { Tune = Tune.Head } };

        using TransformerChain<ITransformer> model = mlContext.MulticlassClassification.Trainers.MultiLabelFineTunedBackbone(options)
            .Fit(mlContext.Data.LoadFromEnumerable(train));
        using var classifier = ImageClassifier.Of(model);
        ImagePrediction[] predictions = [.. classifier.Predict(test.Select(photo => photo.ImagePath))];
        int right = predictions.Zip(test).Sum(photo => photo.First.Labels.Intersect(photo.Second.Labels).Count());
        int all = predictions.Sum(prediction => prediction.Labels.Count) + test.Sum(photo => photo.Labels.Length);
        return $"F1: {2.0 * right / all:F3}";
    }

    private static string[] LabelsOf(string flower) => flower switch
    {
        "roses" => [],
        "dandelion" or "sunflowers" => [flower, "yellow"],
        _ => [flower],
    };

    private sealed class Photo
    {
        public string ImagePath { get; set; } = "";

        public string[] Labels { get; set; } = [];
    }
}
