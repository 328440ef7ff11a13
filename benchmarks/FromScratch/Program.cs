// Every family from scratch, small and for small pictures: what it comes to on Fashion-MNIST in about three minutes each.
//   sudo apt install dataset-fashion-mnist
//   dotnet run -c Release --project benchmarks/FromScratch [-- FAMILY...]
// Prints a Markdown table.
using System.Diagnostics;
using System.Globalization;
using FromScratch;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Attention;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;
using TorchSharp;

const int seed = 1;
InputSpec input = new() { ImageSize = 32, CropFraction = 1, Mean = new(0.286, 0.286, 0.286), Std = new(0.353, 0.353, 0.353) }; // of the training pictures
Recipe recipe = new() { Epochs = 2, BatchSize = 128, LearningRate = 0.1, StageDecay = 1, WeightDecay = 5e-4, WarmUpEpochs = 0.2, RandomCrop = false, WeightMixing = 1, BatchNorm = BatchNormStatistics.Updated };

BackboneSpec b = new() { Name = "ResNet-B", Block = new Bottleneck(), Depths = new(1, 1, 1, 1), Planes = 8, Stem = Stem.Small(16), Classes = 0, Input = input };
BackboneSpec[] families =
[
    b with { Name = "ResNet, basic blocks", Block = new Basic(), Planes = 16 },
    b with { Name = "ResNet-A", Block = new Bottleneck { Stride = StridePlace.First } },
    b,
    b with { Name = "ResNet-C", Stem = Stem.SmallDeep(8) },
    b with { Name = "ResNet-D", Stem = Stem.SmallDeep(8), Shortcut = Shortcut.AveragePool },
    b with { Name = "ResNeXt", Block = new Bottleneck { Cardinality = 8, BaseWidth = 16 } },
    b with { Name = "Res2Net", Block = new Res2Net() },
    b with { Name = "ResNeSt", Block = new ResNeSt(), Stem = Stem.SmallDeep(8), Shortcut = Shortcut.AveragePool },
    b with { Name = "SE", Block = new Bottleneck { Attention = new SqueezeExcite() } },
    b with { Name = "SK", Block = new SelectiveKernelBottleneck() },
];

string folder = Directory.CreateTempSubdirectory("from-scratch-").FullName;
try
{
    (string train, string test) = (Path.Combine(folder, "train"), Path.Combine(folder, "test"));
    FashionMnist.Unpack(train, test);
    using TuningData data = TuningData.Load(ImageFolder.List(train), ImageFolder.List(test), input, input.ImageSize,
        new TrainingJob(ImageDataSet.FromFolder(train, test), new TrainingOptions { Strict = true }, Progress: null), CancellationToken.None);
    Console.WriteLine($"{recipe.Epochs} epochs of {data.Train.Count} pictures, {data.Validation.Count} to test.\n");
    Console.WriteLine("| family | parameters | MACs | test accuracy | seconds |\n|---|---:|---:|---:|---:|");
    foreach (BackboneSpec spec in families.Where(spec => args.Length == 0 || args.Contains(spec.Name))) Run(spec, data);
}
finally
{
    Directory.Delete(folder, recursive: true);
}

void Run(BackboneSpec spec, TuningData data)
{
    torch.manual_seed(seed);
    BackboneCost cost = BackboneCost.Of(spec, input.ImageSize);
    var targets = new ClassTargets(recipe, new ClassIndices(data.Train.Images));
    using var network = new TunedNetwork(new Backbone(spec), targets.Outputs, head: null);
    string checkpoints = Path.Combine(folder, "checkpoints");
    using var loop = new TuningLoop(new TuningSetup
    {
        Network = network,
        Tune = Tune.Scratch,
        Recipe = recipe,
        Training = new TrainingLoader(data.Train, targets.LabelsOf(data.Train.Images), new LoaderOptions
        {
            BatchSize = recipe.BatchSize,
            Preprocessing = TuningData.Preprocessing(input),
            Seed = seed,
            Augmentation = new Augmentation { HorizontalFlip = recipe.Flip },
        }),
        Validation = new EvaluationLoader(data.Validation, targets.LabelsOf(data.Validation.Images), recipe.BatchSize),
        Checkpoints = new CheckpointFolder(checkpoints),
        Output = checkpoints,
        Targets = targets,
        Seed = seed,
        Device = torch.CPU,
    });
    var clock = Stopwatch.StartNew();
    TuningProgress progress = loop.Run(CancellationToken.None);
    Directory.Delete(checkpoints, recursive: true);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {spec.Name} | {cost.Parameters / 1e6:F2} M | {cost.MultiplyAccumulates / 1e6:F0} M | {((EpochRecord)progress.History[^1]).ValidationAccuracy:F4} | {clock.Elapsed.TotalSeconds:F0} |"));
}
