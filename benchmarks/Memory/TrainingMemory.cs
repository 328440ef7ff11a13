using System.Globalization;
using ResNetMLNet.Backbones;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>Memory over the steps of a training: small images and batches, so that what a step leaves behind is seen beside what it uses.</summary>
internal static class TrainingMemory
{
    public static void Write(string folder, int imageSize, int batchSize, int every)
    {
        IReadOnlyList<LabeledImage> files = ImageFolder.List(folder);
        InputSpec input = BackboneRegistry.Find("resnet18_mlnet").Input with { ImageSize = imageSize };
        using TuningData data = TuningData.Load(files, [.. files.Take(batchSize)], input, imageSize,
            new TrainingJob(ImageDataSet.FromFolder(folder), new TrainingOptions(), Progress: null), CancellationToken.None);
        int step = 0;
        string checkpoints = Directory.CreateTempSubdirectory("training-memory-").FullName;
        Recipe recipe = new() { BatchSize = batchSize, WarmUpEpochs = 0, LearningRate = 1e-4 };
        var targets = new ClassTargets(recipe, new ClassIndices(data.Train.Images));
        manual_seed(1);
        using var network = new TunedNetwork(BackboneRegistry.Create("resnet18_mlnet", classes: 0), targets.Outputs, head: null);
        using var loop = new TuningLoop(new TuningSetup
        {
            Network = network,
            Tune = Tune.All,
            Recipe = recipe,
            Training = new TrainingLoader(data.Train, targets.LabelsOf(data.Train.Images), new LoaderOptions { BatchSize = batchSize, Preprocessing = new() { ImageSize = imageSize }, Augmentation = Augmentation.Standard }),
            Validation = new EvaluationLoader(data.Validation, targets.LabelsOf(data.Validation.Images), batchSize),
            Checkpoints = new CheckpointFolder(checkpoints),
            Output = checkpoints,
            Targets = targets,
            Seed = 1,
            Device = CPU,
            Listener = TrainingEvent.On<StepRecord>(_ =>
            {
                if (++step % every == 0) Write();
            }),
        });
        Console.WriteLine("| step | resident, MB | malloc'ed, MB | freed and kept, MB | tensors |\n|---:|---:|---:|---:|---:|");
        Write();
        loop.TrainEpoch();
        Directory.Delete(checkpoints, recursive: true);

        void Write()
        {
            NativeHeap heap = NativeHeap.Now;
            long resident = long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
            Console.WriteLine($"| {step} | {resident / 1_000_000} | {heap.InUse / 1_000_000} | {heap.Kept / 1_000_000} | {Tensor.TotalCount} |");
        }
    }
}
