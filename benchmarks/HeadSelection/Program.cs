// Which of Microsoft.ML's linear trainers, and how much regularization, on frozen features.
//   dotnet run -c Release --project benchmarks/HeadSelection -- FOLDER [VALIDATION-FOLDER]
// With one folder: mean over the splits of seeds 1 to 5; with two: one figure. Prints a Markdown table.
//   dotnet run -c Release --project benchmarks/HeadSelection -- --choice FOLDER[+FOLDER][:PER-CLASS]...
// What cross-validation chooses beside what is always the same, on each set: folders with a plus between them are one set, of which the first
// PER-CLASS images of each class are taken.
//   dotnet run -c Release --project benchmarks/HeadSelection -- --seconds
// How long a choice takes, on random features.
using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;

if (args is ["--seconds"])
{
    Choice.WriteSeconds();
    return;
}

string onnx = Path.Combine(Path.GetTempPath(), $"head-selection-{Environment.ProcessId}.onnx");
IReadOnlyList<LabeledFeatures>[] sets;
using (Backbone backbone = BackboneRegistry.Create("resnet18_mlnet")) OnnxExporter.Export(backbone, onnx);
if (args is ["--choice", .. var named])
{
    Console.WriteLine("| set | images to train on | always unit length, L2 0.01 | chosen | what is chosen, seeds 1 to 5 | seconds to choose |\n|---|---:|---|---|---|---:|");
    using ImageFeaturizer features = ImageFeaturizer.Open(onnx);
    foreach (string set in named)
    {
        string[] parts = set.Split(':');
        List<LabeledFeatures> images = [.. parts[0].Split('+').SelectMany(folder => Featurize(features, folder))];
        if (parts.Length > 1) images = [.. images.GroupBy(image => image.Label).SelectMany(members => members.Take(int.Parse(parts[1])))];
        Choice.Write(set, images);
    }

    File.Delete(onnx);
    return;
}

using (ImageFeaturizer featurizer = ImageFeaturizer.Open(onnx)) sets = [.. args.Select(folder => Featurize(featurizer, folder))];
File.Delete(onnx);

(IReadOnlyList<LabeledFeatures> Train, IReadOnlyList<LabeledFeatures> Validation)[] splits = sets is [var train, var validation]
    ? [(train, validation)]
    : [.. Enumerable.Range(1, 5).Select(seed => StratifiedSplit.Of(sets[0], image => image.Label, 0.2, seed))];

Console.WriteLine("| trainer | accuracy | log-loss | seconds |\n|---|---|---|---|");
foreach ((string name, Func<MLContext, IEstimator<ITransformer>> trainer) in Trainers())
{
    var clock = Stopwatch.StartNew();
    MulticlassClassificationMetrics[] metrics = [.. splits.Select(split => Evaluate(trainer, split.Train, split.Validation))];
    Console.WriteLine($"| {name} | {metrics.Average(m => m.MicroAccuracy):F4} | {metrics.Average(m => m.LogLoss):F3} | {clock.Elapsed.TotalSeconds / splits.Length:F1} |");
}

static IEnumerable<(string, Func<MLContext, IEstimator<ITransformer>>)> Trainers()
{
    const string Key = "Key";
    foreach (float l2 in new[] { 0.01f, 0.1f, 0.3f, 1f, 3f, 10f, 30f, 100f })
        yield return ($"L-BFGS maximum entropy, L2 {l2}", ml => MaximumEntropy(ml, l2));
    foreach (float l2 in new[] { 0.1f, 1f, 10f })
        yield return ($"standardized, L-BFGS maximum entropy, L2 {l2}", ml => ml.Transforms.NormalizeMeanVariance("Features", fixZero: false).Append(MaximumEntropy(ml, l2)));
    foreach (float l2 in new[] { 1e-3f, 3e-3f, 1e-2f, 3e-2f, 1e-1f })
        yield return ($"unit length, L-BFGS maximum entropy, L2 {l2}", ml => ml.Transforms.NormalizeLpNorm("Features").Append(MaximumEntropy(ml, l2)));
    foreach (float l2 in new[] { 1e-4f, 1e-3f, 1e-2f, 1e-1f })
    {
        yield return ($"SDCA maximum entropy, L2 {l2}", ml => ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(
            new SdcaMaximumEntropyMulticlassTrainer.Options { LabelColumnName = Key, L2Regularization = l2, L1Regularization = 0, NumberOfThreads = 1 }));
    }
    foreach (float l2 in new[] { 1f, 10f })
    {
        yield return ($"one against all, L-BFGS logistic, L2 {l2}", ml => ml.MulticlassClassification.Trainers.OneVersusAll(
            ml.BinaryClassification.Trainers.LbfgsLogisticRegression(Key, l1Regularization: 0, l2Regularization: l2), Key));
    }
    yield return ("one against all, averaged perceptron", ml => ml.MulticlassClassification.Trainers.OneVersusAll(
        ml.BinaryClassification.Trainers.AveragedPerceptron(Key, numberOfIterations: 10), Key));
    foreach (bool unit in new[] { false, true })
    {
        string prefix = unit ? "unit length, " : "";
        yield return ($"{prefix}`SdcaMaximumEntropy()` as it is", ml => Scaled(ml, unit).Append<ITransformer>(ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(Key)));
        yield return ($"{prefix}`LbfgsMaximumEntropy()` as it is", ml => Scaled(ml, unit).Append<ITransformer>(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(Key)));
    }
    yield return ("one against all, linear SVM", ml => ml.MulticlassClassification.Trainers.OneVersusAll(ml.BinaryClassification.Trainers.LinearSvm(Key, numberOfIterations: 10), Key));
}

static EstimatorChain<ITransformer> Scaled(MLContext ml, bool unit) =>
    unit ? new EstimatorChain<ITransformer>().Append<ITransformer>(ml.Transforms.NormalizeLpNorm("Features")) : new EstimatorChain<ITransformer>();

static LbfgsMaximumEntropyMulticlassTrainer MaximumEntropy(MLContext ml, float l2) => ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(
    new LbfgsMaximumEntropyMulticlassTrainer.Options { LabelColumnName = "Key", L1Regularization = 0, L2Regularization = l2, NumberOfThreads = 1 });

static MulticlassClassificationMetrics Evaluate(Func<MLContext, IEstimator<ITransformer>> trainer, IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation)
{
    var ml = new MLContext(seed: 1);
    TransformerChain<ITransformer> model = ml.Transforms.Conversion.MapValueToKey("Key", "Label").Append(trainer(ml)).Fit(LabeledFeatures.ToDataView(ml, train));
    return ml.MulticlassClassification.Evaluate(model.Transform(LabeledFeatures.ToDataView(ml, validation)), labelColumnName: "Key");
}

static List<LabeledFeatures> Featurize(ImageFeaturizer featurizer, string folder)
{
    IReadOnlyList<LabeledImage> images = ImageFolder.List(folder);
    return [.. images.Zip(featurizer.Featurize(images.Select(image => image.ImagePath)))
        .Where(pair => pair.Second.Features is not null)
        .Select(pair => new LabeledFeatures(pair.First.ImagePath, pair.First.Label, pair.Second.Features!))];
}
