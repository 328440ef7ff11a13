using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;
using TorchSharp;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Trains a network, or its last stage, and not just a head: fits a head on the network as it is, trains both together from there (linear
/// probing, then fine-tuning: Kumar et al. 2022, arXiv:2202.10054), exports the network and makes the ML.NET model of it.
/// </summary>
internal sealed class TuningRun(TrainingJob job)
{
    private readonly Recipe recipe = job.Recipe;
    private readonly Device device = TorchDevice.Of(job.Featurizing.Device);

    /// <summary>Runs it and writes the backbone's file; the configuration and checkpoints too, where somebody may go on with it.</summary>
    /// <exception cref="TrainingStoppedException">It was stopped, and goes on from its last checkpoint.</exception>
    public TrainingResult Run(ResultFolder results, CancellationToken cancellationToken)
    {
        var configuration = TuningConfiguration.Of(job, device); // reads a weights file
        CheckpointFolder checkpoints = Start(ref configuration, results);
        try
        {
            return Run(configuration, results, checkpoints, cancellationToken);
        }
        catch (OperationCanceledException e) when (e is not TrainingStoppedException && job.Options.ResultFolder is string folder && checkpoints.Any)
        {
            throw new TrainingStoppedException("Stopped; what was trained is saved.", folder, cancellationToken);
        }
    }

    private TrainingResult Run(
        TuningConfiguration configuration, ResultFolder results, CheckpointFolder checkpoints, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        if (FrozenBackbone.Warning(job) is string warning) job.Progress.Warn(warning);
        using TuningBench bench = Open(checkpoints, configuration.TrainPrecision, job.Options.ResultFolder, keep: true, cancellationToken);
        NativeMemory.GiveBack(); // the first head's network, which nothing holds any more
        configuration.Write(results); // a training that goes on may have moved
        if (job.Options.Resume && checkpoints.Any) bench.Loop.Resume();
        TuningProgress progress = bench.Loop.Run(cancellationToken);
        (WeightMixingChoice? mixing, IReadOnlyDictionary<string, float[]> others) = recipe.WeightMixing is null
            ? Mix(bench, cancellationToken)
            : (null, new Dictionary<string, float[]>());
        bench.Network.to(CPU);
        bench.EndTraining();
        Backbone backbone = bench.Network.Backbone;
        Export(bench, results[ResultFolder.Backbone], cancellationToken);
        var head = FittedHead.Fit(job, results[ResultFolder.Backbone], bench.Data.Train.Images, bench.Data.Validation.Images, cancellationToken,
            new CrossFittedHead(bench.Targets.ToOwnUnit(bench.Network.Head), others));
        NativeMemory.GiveBack(); // the exporter's copies of the network
        try
        {
            TrainingResult result = job.Task.Result(new ResultParts(job, bench.Images, backbone, head, clock.Elapsed)
            {
                Trained = new TrainedBackbone
                {
                    Owner = bench.Network,
                    Configuration = configuration,
                    History = progress.History,
                    Mixing = mixing,
                    Skipped = bench.Skipped,
                    Unlearned = bench.Unlearned,
                },
            }, cancellationToken);
            bench.NetworkIsKept = true;
            return result;
        }
        catch
        {
            head.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Gives the network the part of the trained weights that the images to validate on choose, and looks at those images with another part
    /// whose others choose that.
    /// </summary>
    /// <returns>The choice, and by the paths of such images what the network with the other part says of them.</returns>
    private (WeightMixingChoice, IReadOnlyDictionary<string, float[]>) Mix(TuningBench bench, CancellationToken cancellationToken)
    {
        IReadOnlyList<LabeledImage> images = bench.Data.Validation.Images;
        IReadOnlyList<double>[] losses = [.. MixingChoice.Candidates.Select(share => bench.Loop.LossesOf(share, cancellationToken))];
        NativeMemory.GiveBack(); // what the network took is not needed beside ONNX Runtime's
        var choice = MixingChoice.Of(losses, ImageFolds.FoldOf(images, job.Task, MixingChoice.Folds, job.Seed, cancellationToken));
        var others = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (IGrouping<double, string> part in images.Zip(choice.ShareOfImage, (image, share) => (image.ImagePath, Share: share))
            .Where(image => image.Share != choice.Share).GroupBy(image => image.Share, image => image.ImagePath))
        {
            bench.Loop.Keep(part.Key);
            using var folder = new ScratchFolder();
            Export(bench, folder[ResultFolder.Backbone], cancellationToken);
            LinearHead head = bench.Targets.ToOwnUnit(bench.Network.Head);
            using var featurizer = ImageFeaturizer.Open(folder[ResultFolder.Backbone], job.Featurizing);
            foreach (ImageFeatures image in featurizer.Featurize(part, cancellationToken))
            {
                if (image.Features is { } features) others[image.Path] = job.Task.Outputs(head, features);
            }
        }
        bench.Loop.Keep(choice.Share);
        var made = new WeightMixingChoice(choice.Share, [.. MixingChoice.Candidates.Zip(choice.Losses, (share, loss) => new WeightMixingCandidate(share, loss))])
        {
            OtherImages = choice.ShareOfImage.Count(share => share != choice.Share),
        };
        job.Progress.Say($"Weight mixing: {made}.");
        return (made, others);
    }

    private void Export(TuningBench bench, string path, CancellationToken cancellationToken)
    {
        OnnxExporter.Export(bench.Network.Backbone, path, new OnnxExportOptions
        {
            ImageSize = bench.ImageSize,
            Resizing = job.Options.Resizing,
            MirrorAverage = recipe.MirrorAverage,
            Precision = IntegerBackbone.Exported(job),
        });
        IntegerBackbone.Make(job, path, bench.Data.Train.Images, cancellationToken);
    }

    /// <summary>Tries learning rates on the images to train on; writes nothing that stays.</summary>
    public LearningRateTrial TryLearningRates(CancellationToken cancellationToken)
    {
        using var folder = new ScratchFolder();
        TrainingPrecision precision = recipe.TrainPrecision.On(device);
        SayPrecision(precision);
        using TuningBench bench = Open(new CheckpointFolder(folder.Location), precision, output: null, keep: false, cancellationToken);
        NativeMemory.GiveBack();
        return bench.Loop.TryLearningRates(cancellationToken);
    }

    /// <summary>Decodes the images and makes the network.</summary>
    /// <param name="checkpoints">Where training saves itself.</param>
    /// <param name="precision">What convolutions compute in.</param>
    /// <param name="output">The result folder, as it was named; null where nobody can go on with it.</param>
    /// <param name="keep">Whether to keep what the images are, for going on with them.</param>
    /// <param name="cancellationToken">Stops it.</param>
    private TuningBench Open(
        CheckpointFolder checkpoints, TrainingPrecision precision, string? output, bool keep, CancellationToken cancellationToken)
    {
        bool resume = job.Options.Resume;
        if (resume && new[] { job.Data.Folder, job.Data.ValidationFolder }.FirstOrDefault(folder => folder is not null && !Directory.Exists(folder)) is string gone)
            throw new TrainingException($"The images of this training were in '{gone}', which does not exist. If they were moved, name the folder where they are, with {Setting.Resume}.");
        TrainingImages images = TrainingImages.Of(job);
        ListedImages? listed = keep ? ListedImages.Of(job.Data, images, cancellationToken) : null;
        DataRecord? before = keep && resume ? checkpoints.LoadData() : null;
        if (before is not null) images = listed!.As(before, output!) with { Classes = images.Classes, PassedOver = images.PassedOver, LeftOut = images.LeftOut, ExclusionNotes = images.ExclusionNotes };
        Backbone backbone = BackboneExport.Create(job.Options, job.Weights, job.Progress, cancellationToken);
        using FittedHead? start = job.Tune == Tune.Scratch ? null : FitHead(backbone, images, cancellationToken);
        (IReadOnlyList<LabeledImage> train, IReadOnlyList<LabeledImage> validation) = start is null ? Split(images) : (Files(start.Train), Files(start.Validation));
        if (recipe.ZeroResidualNorms) backbone.ZeroResidualNorms();

        InputSpec input = backbone.Spec.Input with
        {
            ImageSize = job.Options.ImageSize ?? backbone.Spec.Input.ImageSize,
            Resizing = job.Options.Resizing ?? backbone.Spec.Input.Resizing,
        };
        int size = recipe.TrainScale == 1 ? input.ImageSize : Multiple(input.ImageSize * recipe.TrainScale, backbone.Spec.OutputStride);
        TuningData data = TuningData.Load(train, validation, input, StoredSide(recipe, size, input.CropFraction), job, cancellationToken);
        if (before is null) listed?.Keep(data, checkpoints);
        else if (data.Skipped is [SkippedImage unreadable, ..]) throw unreadable.Refusal(); // it could be read before
        TuningTargets targets = job.Task.Targets(job, data.Train.Images);
        LinearHead? head = start?.Model.Linear(targets.Outputs) is { } fitted ? targets.FromOwnUnit(fitted) : null;
        start?.Dispose(); // ONNX Runtime's memory is not needed beside libtorch's
        var network = new TunedNetwork(backbone, targets.Outputs, head);
        var loop = new TuningLoop(new TuningSetup
        {
            Network = network,
            Tune = job.Tune,
            Recipe = recipe with { TrainPrecision = precision },
            Training = new TrainingLoader(data.Train, targets.LabelsOf(data.Train.Images), LoaderOptionsOf(input, size, backbone.Spec.OutputStride),
                job.Task.HeldBack(job, [.. data.Train.Images.Select(image => image.Label)])),
            Validation = new EvaluationLoader(data.Validation, targets.LabelsOf(data.Validation.Images), EvaluationBatch()),
            Checkpoints = checkpoints,
            Output = output,
            Targets = targets,
            Seed = job.Seed,
            Device = device,
            Limit = job.Options.TimeLimit,
            CheckpointInterval = job.Options.CheckpointInterval,
            Listener = job.Progress,
        });
        return new TuningBench(data, targets, network, loop, input.ImageSize, [.. start?.Skipped ?? [], .. data.Skipped])
        {
            Images = images,
            Unlearned = start is null ? null : (start.Train, start.Validation),
        };
    }

    private (IReadOnlyList<LabeledImage> Train, IReadOnlyList<LabeledImage> Validation) Split(TrainingImages images) => images.Validation is null
        ? job.Task.Split(images.Train, image => image.Label, job.Options.ValidationFraction, job.Seed)
        : (images.Train, images.Validation);

    private static LabeledImage[] Files(IEnumerable<LabeledFeatures> images) => [.. images.Select(image => new LabeledImage { ImagePath = image.ImagePath, Label = image.Label })];

    /// <summary>Writes down what is run, for whoever reads the result and for going on with it; a tuning goes on only as what it was.</summary>
    private CheckpointFolder Start(ref TuningConfiguration configuration, ResultFolder results)
    {
        var checkpoints = new CheckpointFolder(Path.Combine(results.Location, ResultFolder.Checkpoints));
        if (job.Options.Resume)
        {
            configuration = GoOnWith(configuration, results);
            if (File.Exists(Path.Combine(results.Location, ResultFolder.Model)) && checkpoints.LoadProgress()?.IsOver(recipe) == true)
            {
                throw new TrainingException(
                    $"The training in '{results.Name}' is finished: there is nothing to go on with. Start anew with {Setting.Overwrite}, or in another folder with {Setting.ResultFolder}.");
            }
        }
        else if (checkpoints.Any && !job.Options.Overwrite)
        {
            throw new TrainingException($"There is an unfinished training in '{results.Name}'. Use {Setting.Resume} to go on with it, or {Setting.Overwrite} to start anew.");
        }
        else
        {
            SayPrecision(configuration.TrainPrecision);
            _ = TrainingImages.Of(job with { Progress = null }); // what is wrong with the data is said before anything is removed
            results.RemoveEarlier();
            checkpoints.Clear();
            configuration.Write(results);
        }
        return checkpoints;
    }

    /// <summary>The configuration to go on with: this run's, in the precision that the training began with.</summary>
    private TuningConfiguration GoOnWith(TuningConfiguration configuration, ResultFolder results)
    {
        TuningConfiguration before = TuningConfiguration.Load(results.Location);
        SettingText[] differences = [.. configuration.DifferencesFrom(before)];
        if (differences.Length > 0)
            throw new TrainingException($"The training in '{results.Name}' was started otherwise: {SettingText.Join("; ", differences)}. Go on with it as it was.");
        if (before.ComputedOn != configuration.ComputedOn)
        {
            job.Progress.Say(
                $"This training was started on another machine or device ({before.ComputedOn}; now {configuration.ComputedOn}), so the last digits of its figures will differ.");
        }
        TrainingPrecision precision = before.TrainPrecision.On(device);
        if (precision == configuration.TrainPrecision) SayPrecision(precision);
        else job.Progress.Say($"Training precision: {RecipeSettings.Text(precision)}, as this training began; here it would begin in {RecipeSettings.Text(configuration.TrainPrecision)}.");
        return configuration with { TrainPrecision = precision };
    }

    private void SayPrecision(TrainingPrecision precision)
    {
        string reason = (recipe.TrainPrecision, precision) switch
        {
            (not TrainingPrecision.Auto, _) => "",
            (_, TrainingPrecision.BFloat16) => ", which this device has instructions for",
            _ => ", since this device has no instructions for bfloat16",
        };
        job.Progress.Say($"Training precision: {RecipeSettings.Text(precision)}{reason}.");
    }

    /// <summary>
    /// What the shorter side of an image to train on is shrunk to, in pixels. Crops of a third of it or more are then enlarged one and a half times
    /// at most, as benchmarks/Tuning measured; smaller ones have a pixel of their own for each of the network's, down to a sixteenth.
    /// </summary>
    internal static int StoredSide(Recipe recipe, int size, double cropFraction) =>
        recipe.RandomCrop && recipe.MinCrop < 1 / 3.0 ? (int)(size * Math.Min(4, 1 / Math.Sqrt(recipe.MinCrop))) : (int)(size / cropFraction);

    private LoaderOptions LoaderOptionsOf(InputSpec input, int size, int outputStride) => new()
    {
        BatchSize = recipe.BatchSize,
        Preprocessing = TuningData.Preprocessing(input with { ImageSize = size }),
        Seed = job.Seed,
        Change = job.Options.Augment,
        Balanced = recipe.Balanced,
        MultiScale = recipe.MultiScale ? new MultiScale(Multiple(size * 0.75, outputStride), Multiple(size * 1.25, outputStride), outputStride) : null,
        Augmentation = new Augmentation
        {
            Crop = recipe.RandomCrop ? new RandomResizedCrop { MinScale = recipe.MinCrop } : null,
            HorizontalFlip = recipe.Flip,
            ColorJitter = recipe.ColorJitter > 0 ? new ColorJitter { Brightness = recipe.ColorJitter, Contrast = recipe.ColorJitter, Saturation = recipe.ColorJitter } : null,
            AutoAugment = recipe.AutoAugment switch
            {
                AutoAugmentKind.RandAugment or AutoAugmentKind.RandAugmentIncreasing => new RandAugment
                {
                    Increasing = recipe.AutoAugment == AutoAugmentKind.RandAugmentIncreasing,
                    Magnitude = recipe.RandAugmentMagnitude,
                    Spread = recipe.RandAugmentSpread,
                },
                AutoAugmentKind.TrivialAugment => new TrivialAugmentWide(),
                _ => null,
            },
            Erasing = recipe.RandomErasing > 0 ? new RandomErasing { Probability = recipe.RandomErasing } : null,
        },
    };

    /// <summary>On a CPU a few images at a time are as fast as many, and take less memory than a step.</summary>
    private int EvaluationBatch() => device.type == DeviceType.CPU ? Math.Min(recipe.BatchSize, 8) : recipe.BatchSize;

    private static int Multiple(double size, int of) => Math.Max(of, (int)Math.Round(size / of) * of);

    /// <summary>The head that tuning starts with: the one that the network's features have as they are.</summary>
    private FittedHead FitHead(Backbone backbone, TrainingImages images, CancellationToken cancellationToken)
    {
        using var folder = new ScratchFolder();
        string path = folder[ResultFolder.Backbone];
        BackboneExport.Write(backbone, job.Options, path, job.Progress);
        TrainingJob starting = job with { Options = job.Options with { Head = job.Task.StartingHead(job.Head) } };
        var fitted = FittedHead.Fit(starting, path, images.Train, images.Validation, cancellationToken);
        job.Progress.Say($"A head on the network as it is: {fitted.Model.Figures}.");
        return fitted;
    }
}

/// <summary>Everything that a tuning works with.</summary>
internal sealed record TuningBench(
    TuningData Data, TuningTargets Targets, TunedNetwork Network, TuningLoop Loop, int ImageSize, IReadOnlyList<SkippedImage> Skipped) : IDisposable
{
    /// <summary>What was listed.</summary>
    public required TrainingImages Images { get; init; }

    /// <summary>Features of the network as it came; null where it came fresh.</summary>
    public (IReadOnlyList<LabeledFeatures> Train, IReadOnlyList<LabeledFeatures> Validation)? Unlearned { get; init; }

    /// <summary>Whether somebody else has the network from now on.</summary>
    public bool NetworkIsKept { get; set; }

    /// <summary>Frees what only the steps need: the optimizer's tensors, the weights at the start, the pixels.</summary>
    public void EndTraining()
    {
        Loop.Dispose();
        Data.Dispose();
        NativeMemory.StopKeepingFreed();
    }

    public void Dispose()
    {
        Loop.Dispose();
        if (!NetworkIsKept) Network.Dispose();
        Data.Dispose();
    }
}
