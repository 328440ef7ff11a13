using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Data;
using ResNetMLNet.Trainer.Reports;
using TorchSharp;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer.Tuning;

/// <summary>
/// Trains a network, or its last stage, and not just a head: fits a head on the network as it is, trains both together from there (linear
/// probing, then fine-tuning: Kumar et al. 2022, arXiv:2202.10054), exports the network and makes the ML.NET model of it.
/// </summary>
internal sealed class TuningRun(TrainingRequest request, TuneKind tune, Recipe recipe)
{
    private const string Checkpoints = "checkpoints";

    // Not chosen by the data. More regularization than a head has that stays: one that is sure of all it was fitted on teaches the network little but
    // where it errs, and there too much (benchmarks/Tuning). And features of unit length, which the recipe's learning rates are for.
    private const float StartingL2 = 0.1f;
    private const FeatureScaling StartingScaling = FeatureScaling.UnitLength;

    /// <summary>Time after which training ends; null for none.</summary>
    public TimeSpan? Limit { get; init; }

    /// <summary>Time between checkpoints within an epoch.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TuningSetup.UsualCheckpointInterval;

    /// <summary>Where the network is trained.</summary>
    public required Device Device { get; init; }

    /// <summary>Whether to go on from the last checkpoint in the result folder.</summary>
    public bool Resume { get; init; }

    /// <summary>Whether checkpoints of another training in the result folder may be removed.</summary>
    public bool Restart { get; init; }

    /// <summary>Runs it and writes model, backbone, metrics, configuration and history.</summary>
    /// <exception cref="StoppedException">It was stopped, and goes on from its last checkpoint.</exception>
    public Metrics Run(ResultFolder results, CancellationToken cancellationToken)
    {
        CheckpointFolder checkpoints = Start(results);
        try
        {
            return Run(results, checkpoints, cancellationToken);
        }
        catch (OperationCanceledException e) when (e is not StoppedException && checkpoints.Any)
        {
            throw new StoppedException($"Stopped; what was trained is saved. Go on with: {GoOn(results)}", cancellationToken);
        }
    }

    private Metrics Run(ResultFolder results, CheckpointFolder checkpoints, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        if (FrozenBackbone.Warning(request, tune) is string warning) Terminal.Warn(warning);
        using TuningBench bench = Open(checkpoints, results.Name, keep: true, cancellationToken);
        Write(Configuration(), results); // a training that goes on may have moved
        if (Resume && checkpoints.Any) bench.Loop.Resume();
        TuningProgress progress = bench.Loop.Run(cancellationToken);
        bench.Network.to(CPU);
        Backbone backbone = bench.Network.Backbone;
        OnnxExporter.Export(backbone, results[ResultFolder.Backbone], new OnnxExportOptions { ImageSize = bench.ImageSize, MirrorAverage = recipe.MirrorAverage });

        using FittedHead head = FittedHead.Fit(
            request, results[ResultFolder.Backbone], bench.Data.Train.Images, bench.Data.Validation.Images, cancellationToken, bench.Network.Head);
        string origin = $"{backbone.WeightsOrigin}, trained on {DataSetName.Of(request.Folder)}";
        return new TrainingResult
        {
            Request = request,
            Images = bench.Images,
            Head = head,
            Weights = origin,
            Tune = tune,
            Recipe = RecipeOptions.Differences(recipe, Recipes.For(tune)),
            History = progress.History,
            Skipped = bench.Skipped,
            Unlearned = bench.Unlearned,
        }.Write(results, clock.Elapsed, cancellationToken);
    }

    /// <summary>Tries learning rates on the images to train on; writes nothing that stays.</summary>
    public LearningRateTrial TryLearningRates(CancellationToken cancellationToken)
    {
        using var folder = new ScratchFolder();
        using TuningBench bench = Open(new CheckpointFolder(folder.Location), folder.Location, keep: false, cancellationToken);
        return bench.Loop.TryLearningRates(cancellationToken);
    }

    /// <summary>Decodes the images and makes the network.</summary>
    /// <param name="checkpoints">Where training saves itself.</param>
    /// <param name="output">The result folder, as the user names it.</param>
    /// <param name="keep">Whether to keep what the images are, for going on with them.</param>
    /// <param name="cancellationToken">Stops it.</param>
    private TuningBench Open(CheckpointFolder checkpoints, string output, bool keep, CancellationToken cancellationToken)
    {
        if (Resume && new[] { request.Folder, request.Validation }.FirstOrDefault(folder => folder is not null && !Directory.Exists(folder)) is string gone)
        {
            string[] folders = ["FOLDER", .. request.Validation is null ? (string[])[] : ["--validation", "FOLDER"]];
            throw new UserException(
                $"The images of this training were in '{gone}', which does not exist. If they were moved, say where to: " +
                CommandText.Of("train", [.. folders, "--resume", output]));
        }
        TrainingImages images = TrainingImages.Of(request);
        ListedImages? listed = keep ? ListedImages.Of(request, images, cancellationToken) : null;
        DataRecord? before = keep && Resume ? checkpoints.LoadData() : null;
        if (before is not null) images = listed!.As(before, output) with { Classes = images.Classes, PassedOver = images.PassedOver };
        manual_seed(request.Seed);
        Backbone backbone = BackboneRegistry.Create(request.Backbone, request.Weights, classes: 0, cancellationToken: cancellationToken);
        using FittedHead? start = tune == TuneKind.Scratch ? null : FitHead(backbone, images, cancellationToken);
        (IReadOnlyList<LabeledImage> train, IReadOnlyList<LabeledImage> validation) = start is null ? Split(images) : (Files(start.Train), Files(start.Validation));
        if (recipe.ZeroResidualNorms) backbone.ZeroResidualNorms();

        InputSpec input = backbone.Spec.Input with { ImageSize = request.ImageSize ?? backbone.Spec.Input.ImageSize };
        int size = recipe.TrainScale == 1 ? input.ImageSize : Multiple(input.ImageSize * recipe.TrainScale, backbone.Spec.OutputStride);
        TuningData data = TuningData.Load(train, validation, input, StoredSide(recipe, size, input.CropFraction), request.Strict, cancellationToken, request.AllowMissingClasses);
        if (before is null) listed?.Keep(data, checkpoints);
        else if (data.Skipped is [SkippedImage unreadable, ..]) throw unreadable.Refusal(); // it could be read before
        LinearHead? head = start is null ? null : LinearHead.Of((IEnumerable<ITransformer>)start.Head, data.Classes.Count);
        var network = new TunedNetwork(backbone, data.Classes.Count, head);
        var loop = new TuningLoop(new TuningSetup
        {
            Network = network,
            Tune = tune,
            Recipe = recipe,
            Training = new TrainingLoader(data.Train, data.Labels(data.Train), LoaderOptionsOf(input, size, backbone.Spec.OutputStride)),
            Validation = new EvaluationLoader(data.Validation, data.Labels(data.Validation), recipe.BatchSize),
            Checkpoints = checkpoints,
            Output = output,
            Classes = data.Classes.Count,
            ClassWeights = ClassWeights(data),
            Seed = request.Seed,
            Device = Device,
            Limit = Limit,
            CheckpointInterval = CheckpointInterval,
        });
        return new TuningBench(data, network, loop, input.ImageSize, [.. start?.Skipped ?? [], .. data.Skipped])
        {
            Images = images,
            Unlearned = start is null ? null : (start.Train, start.Validation),
        };
    }

    private (IReadOnlyList<LabeledImage> Train, IReadOnlyList<LabeledImage> Validation) Split(TrainingImages images) => images.Validation is null
        ? StratifiedSplit.Of(images.Train, image => image.Label, FittedHead.ValidationFraction, request.Seed)
        : (images.Train, images.Validation);

    private float[]? ClassWeights(TuningData data) =>
        request.Head.ClassWeights.For(data.Train.Images.CountBy(image => image.Label).ToDictionary()) is { } weights ? [.. data.Classes.Select(name => weights[name])] : null;

    private static LabeledImage[] Files(IEnumerable<LabeledFeatures> images) => [.. images.Select(image => new LabeledImage { ImagePath = image.ImagePath, Label = image.Label })];

    private TuningConfiguration Configuration()
    {
        (string? weights, string? hash) = TuningConfiguration.Whole(request.Weights.Name);
        return new TuningConfiguration
        {
            Folder = Path.GetFullPath(request.Folder),
            Validation = request.Validation is null ? null : Path.GetFullPath(request.Validation),
            Backbone = request.Backbone,
            Weights = weights,
            WeightsSha256 = hash,
            Fresh = request.Weights.IsFresh,
            Seed = request.Seed,
            ImageSize = request.ImageSize,
            Tune = tune,
            ClassWeights = request.Head.ClassWeights == MLNetPipelines.ClassWeights.Balanced ? "balanced" : "none",
            Device = request.Featurizing.Device.ToString(),
            ComputedOn = Device.type == DeviceType.CPU ? $"CPU, threads: {get_num_threads()}" : $"{Device}",
            Recipe = recipe,
        };
    }

    /// <summary>Writes down what is run, for whoever reads the result and for going on with it; a tuning goes on only as what it was.</summary>
    private CheckpointFolder Start(ResultFolder results)
    {
        TuningConfiguration configuration = Configuration();
        var checkpoints = new CheckpointFolder(Path.Combine(results.Location, Checkpoints));
        if (Resume)
        {
            GoOnWith(configuration, results);
            if (File.Exists(Path.Combine(results.Location, ResultFolder.Model)) && checkpoints.LoadProgress()?.IsOver(recipe) == true)
            {
                throw new UserException(
                    $"The training in '{results.Name}' is finished: there is nothing to go on with. " +
                    "Start anew with --force, or in another folder with --output.");
            }
        }
        else if (checkpoints.Any && !Restart)
        {
            throw new UserException($"There is an unfinished training in '{results.Location}'. Use --resume {results.Location} to go on with it, or --force to start anew.");
        }
        else
        {
            _ = TrainingImages.Of(request); // what is wrong with the folders is said before anything is removed
            results.RemoveEarlier();
            checkpoints.Clear();
            Write(configuration, results);
        }
        return checkpoints;
    }

    private static void Write(TuningConfiguration configuration, ResultFolder results) =>
        WholeFile.WriteText(Path.Combine(results.Location, TuningConfiguration.File), JsonSerializer.Serialize(configuration, Recipes.Json));

    private static void GoOnWith(TuningConfiguration configuration, ResultFolder results)
    {
        TuningConfiguration before = TuningConfiguration.Load(results.Location);
        string[] differences = [.. configuration.DifferencesFrom(before)];
        if (differences.Length > 0)
        {
            throw new UserException(
                $"The training in '{results.Location}' was started otherwise: {string.Join("; ", differences)}. Go on as it was with: {GoOn(results)}");
        }
        if (before.ComputedOn == configuration.ComputedOn) return;
        Terminal.Say(
            $"This training was started on another machine or device ({before.ComputedOn}; now {configuration.ComputedOn}), " +
            "so the last digits of its figures will differ.");
    }

    private static string GoOn(ResultFolder results) => CommandText.Of("train", "--resume", results.Name);

    /// <summary>
    /// What the shorter side of an image to train on is shrunk to, in pixels. Crops of a third of it or more are then enlarged one and a half times
    /// at most, as benchmarks/Tuning measured; smaller ones have a pixel of their own for each of the network's, down to a sixteenth.
    /// </summary>
    internal static int StoredSide(Recipe recipe, int size, double cropFraction) =>
        recipe.RandomCrop && recipe.MinCrop < 1 / 3.0 ? (int)(size * Math.Min(4, 1 / Math.Sqrt(recipe.MinCrop))) : (int)(size / cropFraction);

    private LoaderOptions LoaderOptionsOf(InputSpec input, int size, int outputStride) => new()
    {
        BatchSize = recipe.BatchSize,
        ImageSize = size,
        CropFraction = input.CropFraction,
        Interpolation = TuningData.Filter(input),
        Seed = request.Seed,
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

    private static int Multiple(double size, int of) => Math.Max(of, (int)Math.Round(size / of) * of);

    /// <summary>The head that tuning starts with: the one that the network's features have as they are.</summary>
    private FittedHead FitHead(Backbone backbone, TrainingImages images, CancellationToken cancellationToken)
    {
        using var folder = new ScratchFolder();
        string path = folder[ResultFolder.Backbone];
        BackboneExport.Write(backbone, request.ImageSize, path);
        FittedHead fitted = FittedHead.Fit(request with { Head = request.Head with { Scaling = StartingScaling, L2Regularization = StartingL2 } }, path, images.Train, images.Validation, cancellationToken);
        Terminal.Say(FormattableString.Invariant($"A head on the network as it is: validation accuracy {fitted.Report.Accuracy:F3}, log-loss {fitted.Report.LogLoss:F3}."));
        return fitted;
    }
}

/// <summary>Everything that a tuning works with.</summary>
internal sealed record TuningBench(TuningData Data, TunedNetwork Network, TuningLoop Loop, int ImageSize, IReadOnlyList<SkippedImage> Skipped) : IDisposable
{
    /// <summary>What was listed.</summary>
    public required TrainingImages Images { get; init; }

    /// <summary>Features of the network as it came; null where it came fresh.</summary>
    public (IReadOnlyList<LabeledFeatures> Train, IReadOnlyList<LabeledFeatures> Validation)? Unlearned { get; init; }

    public void Dispose()
    {
        Loop.Dispose();
        Network.Dispose();
        Data.Dispose();
    }
}
