using System.Diagnostics;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Reports;

namespace ResNetMLNet.Trainer;

/// <summary>Trains a linear head on a backbone's frozen features and writes the model that a business app loads.</summary>
internal static class HeadTraining
{
    /// <summary>Runs it and writes model, backbone and metrics.</summary>
    public static Metrics Run(TrainingRequest request, ResultFolder results, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        TrainingImages images = TrainingImages.Of(request);
        string weights = Export(request, results[ResultFolder.Backbone]);
        using FittedHead head = FittedHead.Fit(request, results[ResultFolder.Backbone], images.Train, images.Validation, cancellationToken);
        return new TrainingResult { Request = request, Head = head, Weights = weights }.Write(results, clock.Elapsed, cancellationToken);
    }

    /// <summary>Exports the backbone as it comes.</summary>
    /// <returns>Where its weights are from.</returns>
    public static string Export(TrainingRequest request, string path)
    {
        // Its features are what the head is trained on, so any number of classes is as good.
        using Backbone backbone = BackboneRegistry.Create(request.Backbone, request.Weights, classes: 0);
        OnnxExporter.Export(backbone, path, new OnnxExportOptions { ImageSize = request.ImageSize });
        Terminal.Say($"Backbone: {request.Backbone}, weights: {backbone.WeightsOrigin}");
        return backbone.WeightsOrigin;
    }
}
