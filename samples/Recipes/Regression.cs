using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using ResNetMLNet.MLNetPipelines;

namespace ImageRecipes;

/// <summary>
/// A number for a photo: how bright it is on average, which can be computed and so checked. The first stage's features suit it: deeper ones
/// have learned that a rose is a rose in any light.
/// </summary>
internal static class Regression
{
    public static string Run(MLContext mlContext, string folder, string backbone)
    {
        Photo[] photos = [.. ImageFolder.List(folder).Select(photo => new Photo { ImagePath = photo.ImagePath, Label = photo.Label, Brightness = Brightness(photo.ImagePath) })];
        (IReadOnlyList<Photo> train, IReadOnlyList<Photo> test) = StratifiedSplit.Of(photos, photo => photo.Label, 0.25, seed: 1);

        var pipeline = mlContext.Transforms.FeaturizeImages("Features", "ImagePath", backbone,
                new FeaturizeImagesOptions { Output = BackboneOutput.Layer1, Cache = new FeatureCacheOptions() })
            .Append(mlContext.Transforms.NormalizeMeanVariance("Features", fixZero: false))
            .AppendCacheCheckpoint(mlContext)
            .Append(mlContext.Regression.Trainers.Sdca(new SdcaRegressionTrainer.Options { LabelColumnName = "Brightness", NumberOfThreads = 1 }));
        var model = pipeline.Fit(mlContext.Data.LoadFromEnumerable(train));
        RegressionMetrics metrics = mlContext.Regression.Evaluate(model.Transform(mlContext.Data.LoadFromEnumerable(test)), "Brightness");
        return $"R²: {metrics.RSquared:F3}";
    }

    /// <summary>Mean of all pixels' red, green and blue, 0 to 1.</summary>
    private static float Brightness(string path)
    {
        using var image = MLImage.CreateFromFile(path);
        ReadOnlySpan<byte> pixels = image.Pixels; // four bytes a pixel, the last of them the opacity
        long sum = 0;
        for (int i = 0; i < pixels.Length; i++) sum += i % 4 == 3 ? 0 : pixels[i];
        return sum / (float)(pixels.Length / 4 * 3) / byte.MaxValue;
    }

    private sealed class Photo
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";

        public float Brightness { get; set; }
    }
}
