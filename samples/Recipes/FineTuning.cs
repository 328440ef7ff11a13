using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ImageRecipes;

/// <summary>
/// Is it a daisy? The backbone learns the question too: its last stage is trained, at half the usual image size to be quick.
/// </summary>
internal static class FineTuning
{
    public static string Run(MLContext mlContext, string folder)
    {
        Photo[] photos = [.. ImageFolder.List(folder)
            .Select(photo => new Photo { ImagePath = photo.ImagePath, Label = photo.Label == "daisy" })];
        (IReadOnlyList<Photo> train, IReadOnlyList<Photo> test) = StratifiedSplit.Of(photos, photo => $"{photo.Label}", 0.25, seed: 1);
        var options = new FineTuningOptions
        {
            Training = new TrainingOptions { Tune = Tune.LastStage, ImageSize = 112, Recipe = Recipe.FineTune with { Epochs = 2 } },
        };

        using TransformerChain<ITransformer> model = mlContext.BinaryClassification.Trainers.FineTunedBackbone(options)
            .Fit(mlContext.Data.LoadFromEnumerable(train));
        CalibratedBinaryClassificationMetrics metrics = mlContext.BinaryClassification
            .Evaluate(model.Transform(mlContext.Data.LoadFromEnumerable(test)));
        return $"AUC: {metrics.AreaUnderRocCurve:F3}";
    }

    private sealed class Photo
    {
        public string ImagePath { get; set; } = "";

        public bool Label { get; set; }
    }
}
