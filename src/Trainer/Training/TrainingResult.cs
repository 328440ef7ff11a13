using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Reports;

namespace ResNetMLNet.Trainer;

/// <summary>Writes what a training gives: the model, its figures, and all at once into the result folder.</summary>
internal static class TrainingResult
{
    /// <param name="results">Where to; the backbone is there already.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="fitted">The head.</param>
    /// <param name="weights">Where the backbone's weights come from.</param>
    /// <param name="skipped">Images that were skipped before the head was fitted.</param>
    /// <param name="elapsed">How long it took until now.</param>
    public static Metrics Write(ResultFolder results, TrainingRequest request, FittedHead fitted, string weights, IReadOnlyList<SkippedImage> skipped, TimeSpan elapsed)
    {
        MLContext mlContext = fitted.MLContext;
        var model = new TransformerChain<ITransformer>(fitted.Featurizing, fitted.Head);
        mlContext.Model.SaveImageModel(model, mlContext.Data.LoadFromEnumerable<ImageToClassify>([]).Schema, results[ResultFolder.Model]);
        Metrics metrics = Metrics.Of(fitted.Report, fitted.Featurizing.Featurizer, [.. skipped, .. fitted.Skipped], fitted.Train.Count, elapsed) with { Weights = weights, Seed = request.Seed };
        File.WriteAllText(results[ResultFolder.Metrics], Terminal.ToJson(metrics));
        results.Commit();
        return metrics;
    }

    /// <summary>What the model takes; it gives PredictedLabel and Score.</summary>
    private sealed class ImageToClassify
    {
        public string ImagePath { get; set; } = "";
    }
}
