using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.MLNetPipelines;

namespace ImageRecipes;

/// <summary>What all recipes start with.</summary>
internal static class Photos
{
    /// <summary>Features of unit length, and a cache on disk.</summary>
    public static FeaturizeImagesOptions Options { get; } = new() { Normalize = true, Cache = new FeatureCacheOptions() };

    /// <summary>Adds <c>Features</c>, and keeps them in memory: trainers and cross-validation read them again and again.</summary>
    public static IDataView Featurize(MLContext mlContext, IDataView photos, string backbone, FeaturizeImagesOptions? options = null) => mlContext.Data.Cache(
        mlContext.Transforms.FeaturizeImages("Features", "ImagePath", backbone, options ?? Options).Fit(photos).Transform(photos), "ImagePath", "Label", "Features");
}
