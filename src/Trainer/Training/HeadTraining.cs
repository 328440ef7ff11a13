using System.Diagnostics;
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
        string weights = BackboneExport.Write(request.Backbone, request.Weights, request.ImageSize, results[ResultFolder.Backbone]);
        using FittedHead head = FittedHead.Fit(request, results[ResultFolder.Backbone], images.Train, images.Validation, cancellationToken);
        return new TrainingResult { Request = request, Images = images, Head = head, Weights = weights }.Write(results, clock.Elapsed, cancellationToken);
    }
}
