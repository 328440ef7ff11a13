using System.Globalization;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>Makes an exported backbone compute in 8-bit integers, on the images to train on, before a head is fitted on it.</summary>
internal static class IntegerBackbone
{
    /// <summary>What the exporter writes; integers are made of single precision.</summary>
    public static OnnxPrecision Exported(TrainingJob job) =>
        job.Options.Precision == OnnxPrecision.Int8 ? OnnxPrecision.Float32 : job.Options.Precision;

    /// <summary>Replaces the file, where the job asks for integers.</summary>
    /// <exception cref="InvalidDataException">The network cannot be quantized well enough; the message says what to do.</exception>
    public static void Make(TrainingJob job, string backbone, IReadOnlyList<LabeledImage> images, CancellationToken cancellationToken)
    {
        if (job.Options.Precision != OnnxPrecision.Int8) return;
        string quantized = $"{backbone}.int8";

        // Without their classes: the head that decides on them is fitted later, on what is quantized here.
        try
        {
            QuantizationReport report = BackboneQuantizer.Quantize(
                backbone, CalibrationImages.FromFiles(images.Select(image => image.ImagePath)), quantized,
                // Not by a trial, whose outcome may differ from run to run: a seed gives the same bytes.
                new QuantizationOptions { Seed = job.Seed, Featurizing = job.Featurizing, Rewrites = ExactRewrites.Always }, new Progress(job.Progress), cancellationToken);
            File.Move(quantized, backbone, overwrite: true);
            foreach (string warning in report.Warnings) job.Progress.Warn($"{warning}");
            string message = string.Create(CultureInfo.InvariantCulture,
                $"Quantized to INT8: {report.BytesBefore / 1e6:F1} to {report.Bytes / 1e6:F1} MB, cosine of the features " +
                $"{report.Cosine:F4} on {report.CheckImages} images, {report.FloatLayers.Count} layers left in float.");
            job.Progress.Say($"{message}");
        }
        finally
        {
            File.Delete(quantized);
        }
    }

    private sealed class Progress(IProgress<TrainingEvent>? progress) : IProgress<QuantizationProgress>
    {
        public void Report(QuantizationProgress value) => progress?.Report(new WorkProgress(value.What, value.Done, value.Total));
    }
}
