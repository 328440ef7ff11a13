using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Measures how fast backbones run on this machine, in each precision and batch size: the bare network, decoding, and both together.
/// Backbones of the catalog are measured with fresh weights, since speed does not depend on them.
/// </summary>
/// <example>
/// <code>
/// foreach (BackboneSpeed row in BackboneBenchmark.Run(["resnet50"], new BenchmarkOptions { Precisions = [OnnxPrecision.Float32, OnnxPrecision.Int8] }))
///     Console.WriteLine($"{row.Model} {row.Precision} {row.Speed.BatchSize}: {row.Speed.NetworkImagesPerSecond:F1} images/s");
/// </code>
/// </example>
public static class BackboneBenchmark
{
    private const int MostPhotos = 200, MadeUp = 32;

    // Ranges of random weights need no more.
    private const int CalibrationCount = 16;

    /// <summary>Measures, one after another.</summary>
    /// <param name="models">Names of the catalog, exported ONNX files, or models that are trusted (a model.zip or its folder).</param>
    /// <param name="options">What is measured; null takes the defaults.</param>
    /// <param name="progress">Hears of what is being measured.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>A row for each model, precision and batch size, as it is measured.</returns>
    /// <exception cref="ArgumentException">A name is not in the catalog.</exception>
    /// <exception cref="TrainingException">A file is asked for in a precision that it cannot be made to have; thrown by the enumeration.</exception>
    /// <exception cref="InvalidDataException">A file is not a backbone, or no image can be read; thrown by the enumeration.</exception>
    public static IEnumerable<BackboneSpeed> Run(
        IEnumerable<string> models, BenchmarkOptions? options = null, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new BenchmarkOptions();
        Subject[] subjects = [.. models.Select(Subject.Of)];
        return Measure(subjects, options, progress, cancellationToken);
    }

    private static IEnumerable<BackboneSpeed> Measure(
        Subject[] subjects, BenchmarkOptions options, IProgress<TrainingEvent>? progress, CancellationToken cancellationToken)
    {
        using var scratch = new ScratchFolder();
        using ImageFiles? files = options.Images is string named ? ImageFiles.Of(named) : null;
        string[] photos = files is not null
            ? [.. files.Paths.Take(MostPhotos)]
            : MadeUpPhotos.Write(scratch.Location, MadeUp);
        Dictionary<string, double> peaks = [];
        foreach (Subject subject in subjects)
        {
            foreach (OnnxPrecision? precision in options.Precisions is { } all ? all.Select(one => (OnnxPrecision?)one) : [null])
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress.Say($"Measuring {subject.Name}{(precision is null ? "" : $" in {Text(precision.Value)}")}.");
                string file = scratch["backbone.onnx"];
                Prepare(subject, precision, photos, file, cancellationToken);
                using ImageFeaturizer featurizer = ImageFeaturizer.Open(file, options.Featurizing with { Cache = null });
                long work = BackboneCost.OfOnnx(file).MultiplyAccumulates;
                if (!peaks.TryGetValue(featurizer.Precision, out double peak))
                    peaks[featurizer.Precision] = peak = MachinePeak.Measure(featurizer.Precision, options.Featurizing);
                foreach (int batchSize in options.BatchSizes)
                {
                    FeaturizerSpeed speed = FeaturizerBenchmark.Measure(featurizer, photos, batchSize, options.Duration, cancellationToken);
                    yield return new BackboneSpeed(
                        subject.Name, featurizer.Precision, featurizer.Device, work, work * speed.NetworkImagesPerSecond / peak, speed);
                }
            }
        }
    }

    private static void Prepare(Subject subject, OnnxPrecision? precision, string[] photos, string file, CancellationToken cancellationToken)
    {
        if (subject.Spec is not null)
        {
            using var backbone = new Backbone(subject.Spec);
            OnnxExporter.Export(backbone, file, new OnnxExportOptions
            {
                Precision = precision is null or OnnxPrecision.Int8 ? OnnxPrecision.Float32 : precision.Value,
            });
            if (precision == OnnxPrecision.Int8) Quantize(file, photos, cancellationToken);
            return;
        }

        subject.CopyTo(file);
        if (precision is null) return;
        OnnxPrecision own = PrecisionOf(file);
        if (precision == own) return;
        if (own != OnnxPrecision.Float32 || precision == OnnxPrecision.Half)
        {
            throw new TrainingException(
                $"'{subject.Name}' computes in {Text(own)} and cannot be measured in {Text(precision.Value)}. Export the backbone in that precision.");
        }
        Quantize(file, photos, cancellationToken);
    }

    // What comes out counts for nothing here: no layer is put back to float for its sake.
    private static void Quantize(string file, string[] photos, CancellationToken cancellationToken)
    {
        string quantized = $"{file}.int8";
        BackboneQuantizer.Quantize(file, CalibrationImages.FromFiles(photos.Take(2 * CalibrationCount)), quantized,
            new QuantizationOptions { CalibrationCount = CalibrationCount, MinCosine = 0, MaxDrop = 100 }, cancellationToken: cancellationToken);
        File.Move(quantized, file, overwrite: true);
    }

    private static OnnxPrecision PrecisionOf(string file)
    {
        using ImageFeaturizer featurizer = ImageFeaturizer.Open(file, new FeaturizeImagesOptions { Device = ComputeDevice.Cpu });
        return Enum.Parse<OnnxPrecision>(featurizer.Precision, ignoreCase: true);
    }

    private static string Text(OnnxPrecision precision) => precision.ToString().ToLowerInvariant();

    private sealed record Subject(string Name, BackboneSpec? Spec, Action<string> CopyTo)
    {
        public static Subject Of(string name)
        {
            if (name.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)) return new Subject(name, null, file => File.Copy(name, file, overwrite: true));
            if (Directory.Exists(name) || name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
            {
                return new Subject(name, null, file =>
                {
                    using ImageClassifier model = TrainedModel.Load(name, new FeaturizeImagesOptions { Device = ComputeDevice.Cpu });
                    model.Featurizer.SaveBackbone(file);
                });
            }
            return new Subject(name, BackboneRegistry.Find(name), _ => { });
        }
    }
}
