#:project ../src/Trainer/Trainer.csproj

// %% [markdown]
// # Small and fast: 8-bit integers
//
// A trained network computes in 32-bit numbers. In 8-bit integers it is a quarter of the size, and on processors that multiply integers quickly (AVX-512 VNNI, AVX-VNNI) it runs
// several times as fast. What that costs in accuracy depends on the network and the photos, so it is measured: on photos that chose nothing.

// %%
using System.Diagnostics;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

(IReadOnlyList<LabeledImage> training, IReadOnlyList<LabeledImage> heldBack) =
    StratifiedSplit.Of(ImageFolder.List(Checkout.Find("samples", "flowers")), photo => photo.Label, 0.3, seed: 1);
string work = Directory.CreateDirectory(Checkout.Find("artifacts", "small-and-fast")).FullName;
TrainingRun run = await BackboneTrainer.TrainAsync(ImageDataSet.FromImages(training, heldBack), new TrainingOptions { Backbone = "resnet18_mlnet", Seed = 1 });
run.Save(Path.Combine(work, "float32"), overwrite: true);
Console.WriteLine(FormattableString.Invariant($"accuracy in 32-bit numbers: {run.Report.Accuracy:F3} on {heldBack.Count} photos"));

// %% [markdown]
// ## Quantize
//
// The photos to train on show which values each layer has (calibration); those held back show what became of the features and of the predictions. A layer that
// does too much harm stays in 32-bit numbers.

// %%
string small = Path.Combine(work, "int8.zip");
QuantizationReport report = BackboneQuantizer.Quantize(
    Path.Combine(work, "float32", TrainedModel.ModelFile), CalibrationImages.FromImages(training), small,
    new QuantizationOptions { CheckImages = CalibrationImages.FromImages(heldBack), Seed = 1 });
Show.Table(["", "32-bit numbers", "8-bit integers"],
[
    ["megabytes", Math.Round(report.BytesBefore / 1e6, 1), Math.Round(report.Bytes / 1e6, 1)],
    ["accuracy", Math.Round(report.AccuracyBefore!.Value, 3), Math.Round(report.AccuracyAfter!.Value, 3)],
    ["images/s of the network, on this processor", Math.Round(report.ImagesPerSecondBefore, 1), Math.Round(report.ImagesPerSecond, 1)],
]);
Console.WriteLine(FormattableString.Invariant($"cosine of the features {report.Cosine:F4}, signal-to-noise {report.SignalToNoise:F1} dB, the same class for {report.Top1Agreement:P1} of the photos"));
Console.WriteLine($"measured on: {report.Processor}");
foreach (string warning in report.Warnings) Console.WriteLine(warning);

// %% [markdown]
// ## Use it
//
// The file is a model like any other, for `ImageClassifier`, `Model.Load`, the service and the command.

// %%
ImageClassifier before = TrainedModel.Load(Path.Combine(work, "float32")), after = ImageClassifier.Load(small);
string[] photos = [.. heldBack.DistinctBy(photo => photo.Label).Select(photo => photo.ImagePath)];
Show.Table(["photo", "32-bit numbers", "8-bit integers"], before.Predict(photos).Zip(after.Predict(photos)).Select(pair => new object?[]
{
    Path.GetFileName(Path.GetDirectoryName(pair.First.Path)), FormattableString.Invariant($"{pair.First.Ranking[0].Label} {pair.First.Ranking[0].Probability:P1}"),
    FormattableString.Invariant($"{pair.Second.Ranking[0].Label} {pair.Second.Ranking[0].Probability:P1}"),
}));

// %% [markdown]
// From files to predictions, decoding included. Where the processor has no fast integer products, only the size is gained.

// %%
foreach ((string name, ImageClassifier classifier) in new[] { ("32-bit numbers", before), ("8-bit integers", after) })
{
    var clock = Stopwatch.StartNew();
    int count = classifier.Predict(training.Select(photo => photo.ImagePath)).Count();
    Console.WriteLine(FormattableString.Invariant($"{name}: {count / clock.Elapsed.TotalSeconds:F0} photos/s"));
}

// %%
before.Dispose();
after.Dispose();
run.Dispose();
