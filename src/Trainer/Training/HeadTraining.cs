using System.Diagnostics;
using ResNetMLNet.Backbones;

namespace ResNetMLNet.Trainer;

/// <summary>Trains a linear head on a backbone's frozen features.</summary>
internal static class HeadTraining
{
    /// <summary>Runs it and writes the backbone's file.</summary>
    public static TrainingResult Run(TrainingJob job, ResultFolder results, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        TrainingImages images = TrainingImages.Of(job);
        Backbone backbone = BackboneExport.Create(job.Options, job.Weights, job.Progress, cancellationToken);
        FittedHead? head = null;
        try
        {
            BackboneExport.Write(
                backbone, job.Options, results[ResultFolder.Backbone], job.Progress, IntegerBackbone.Exported(job));
            if (job.Weights.IsFresh) job.Progress.Warn(FrozenBackbone.Untrained);
            IntegerBackbone.Make(job, results[ResultFolder.Backbone], images.Train, cancellationToken);
            head = FittedHead.Fit(job, results[ResultFolder.Backbone], images.Train, images.Validation, cancellationToken);
            return job.Task.Result(new ResultParts(job, images, backbone, head, clock.Elapsed), cancellationToken);
        }
        catch
        {
            head?.Dispose();
            backbone.Dispose();
            throw;
        }
    }
}
