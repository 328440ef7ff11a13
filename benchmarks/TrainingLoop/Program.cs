// Training throughput against a plain TorchSharp loop over a tensor that is in memory already: what loader, augmentation and loop cost.
//   dotnet run -c Release --project benchmarks/TrainingLoop -- FOLDER [ROUNDS]
// Both train all of resnet18_mlnet, batches of 32 at 224 pixels, by SGD with batch norms frozen, and take turns. Prints a Markdown table.
//   dotnet run -c Release --project benchmarks/TrainingLoop -- --precisions BACKBONE BATCH ROUNDS PRECISION...
// The plain loop in each precision (Float32, BFloat16, Half), with activations in either memory layout.
using System.Globalization;
using ResNetMLNet.Backbones;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;
using static TorchSharp.torch;

if (args is ["--precisions", .. var choice])
{
    Precisions.Write(choice[0], int.Parse(choice[1], CultureInfo.InvariantCulture), int.Parse(choice[2], CultureInfo.InvariantCulture), [.. choice[3..].Select(Enum.Parse<TrainingPrecision>)]);
    return;
}

const int batchSize = 32;
int rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
Recipe recipe = new() { Epochs = 1, BatchSize = batchSize, StageDecay = 1, WarmUpEpochs = 0 };
IReadOnlyList<LabeledImage> files = ImageFolder.List(args[0]);
InputSpec input = BackboneRegistry.Find("resnet18_mlnet").Input;
using TuningData data = TuningData.Load(files, [.. files.Take(1)], input, 256, new TrainingJob(ImageDataSet.FromFolder(args[0]), new TrainingOptions(), Progress: null), CancellationToken.None);
var targets = new ClassTargets(recipe, new ClassIndices(data.Train.Images));
string checkpoints = Directory.CreateTempSubdirectory("training-loop-").FullName;

Console.WriteLine("| round | a plain loop, images/s | ours, images/s | ours / plain |\n|---|---:|---:|---:|");
var ratios = new List<double>();
for (int round = 0; round <= rounds; round++) // the first is not counted: it loads and allocates
{
    double plain = Plain(), ours = Ours();
    if (round == 0) continue;
    ratios.Add(ours / plain);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {round} | {plain:F2} | {ours:F2} | {ours / plain:F3} |"));
}
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nMedian of ours / plain: {ratios.Order().ElementAt(ratios.Count / 2):F3}"));
Directory.Delete(checkpoints, recursive: true);

double Plain()
{
    using var plain = new PlainLoop("resnet18_mlnet", InitialWeights.Best, targets.Outputs, learningRate: 0.001);
    using Tensor images = randn(batchSize, 3, 224, 224), labels = randint(0, targets.Outputs, batchSize);
    return plain.Speed(images, labels, data.Train.Count / batchSize);
}

double Ours()
{
    using var network = new TunedNetwork(BackboneRegistry.Create("resnet18_mlnet", classes: 0), targets.Outputs, head: null);
    var folder = new CheckpointFolder(checkpoints);
    folder.Clear();
    using var loop = new TuningLoop(new TuningSetup
    {
        Network = network,
        Tune = Tune.All,
        Recipe = recipe,
        Training = new TrainingLoader(data.Train, targets.LabelsOf(data.Train.Images), new LoaderOptions { BatchSize = batchSize, Augmentation = Augmentation.Standard }),
        Validation = new EvaluationLoader(data.Validation, targets.LabelsOf(data.Validation.Images), 1),
        Checkpoints = folder,
        Output = checkpoints,
        Targets = targets,
        Seed = 1,
        Device = CPU,
    });
    return data.Train.Count / loop.TrainEpoch().TotalSeconds;
}
