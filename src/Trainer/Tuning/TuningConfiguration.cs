using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;
using TorchSharp;

namespace ResNetMLNet.Trainer;

/// <summary>What decides a tuning's result: saved with it as <c>configuration.json</c>, and compared where a tuning goes on.</summary>
internal sealed record TuningConfiguration
{
    /// <summary>The file's name in a result folder.</summary>
    public const string File = "configuration.json";

    /// <summary>The whole path of the images to train on; null where they come from a list.</summary>
    public string? Folder { get; init; }

    public string? Validation { get; init; }

    /// <summary>The whole path of the list of images to train on; null where they do not come from a file.</summary>
    public string? List { get; init; }

    /// <inheritdoc cref="List"/>
    public string? ValidationList { get; init; }

    /// <summary>The whole path of the file that lists the images to leave out; null where none does.</summary>
    public string? Exclude { get; init; }

    /// <summary>Which columns of lists are read; the root is a whole path.</summary>
    public ImageListOptions? ListOptions { get; init; }

    /// <summary>What is learned: classification, regression or multi-label.</summary>
    public string Task { get; init; } = LearningTask.Classification.Name;

    public required string Backbone { get; init; }

    /// <summary>The file that was named, with its whole path, or the set; null for the best public weights, or fresh ones.</summary>
    public string? Weights { get; init; }

    /// <summary>The hash of the weights file: it is the same one wherever it lies.</summary>
    public string? WeightsSha256 { get; init; }

    /// <summary>Whether the network started untrained.</summary>
    public bool Fresh { get; init; }

    /// <summary>What the network started with.</summary>
    [JsonIgnore]
    public InitialWeights InitialWeights =>
        Fresh ? InitialWeights.Fresh : Weights is null ? InitialWeights.Best : InitialWeights.Named(Weights);

    /// <summary>Height and width of the network's input; null is the backbone's own.</summary>
    public int? ImageSize { get; init; }

    /// <summary>How an image becomes a square; null is the backbone's own way.</summary>
    public Resizing? Resizing { get; init; }

    /// <summary>What the exported network computes in.</summary>
    public OnnxPrecision Precision { get; init; }

    public required int Seed { get; init; }

    public required Tune Tune { get; init; }

    /// <summary>none or balanced.</summary>
    public required string ClassWeights { get; init; }

    /// <summary>How thresholds are chosen; null where there are none.</summary>
    public string? Thresholds { get; init; }

    /// <summary>Whether probabilities are scaled.</summary>
    public bool Calibrate { get; init; }

    /// <summary>The part of known images that the model keeps.</summary>
    public double Keep { get; init; } = UnknownScore.DefaultKeep;

    public required Recipe Recipe { get; init; }

    /// <summary>auto, cpu, cuda or cuda:N.</summary>
    public required string Device { get; init; }

    /// <summary>
    /// What computes: on another device, or with another number of threads, sums are made in another order. A training goes on there all
    /// the same.
    /// </summary>
    public required string ComputedOn { get; init; }

    /// <summary>
    /// What convolutions compute in where the recipe leaves that to the device: a training goes on in it on any other. Never
    /// <see cref="TrainingPrecision.Auto"/> in what was written.
    /// </summary>
    public TrainingPrecision TrainPrecision { get; init; }

    /// <summary>What a training is started with.</summary>
    public static TuningConfiguration Of(TrainingJob job, torch.Device device)
    {
        string? weights = job.Weights.Name, hash = null;
        if (System.IO.File.Exists(weights)) (weights, hash) = (Path.GetFullPath(weights), FileCopies.Hash(weights).Sha256);
        return new TuningConfiguration
        {
            Folder = Whole(job.Data.Folder),
            Validation = Whole(job.Data.ValidationFolder),
            List = Whole(job.Data.ListFile),
            ValidationList = Whole(job.Data.ValidationListFile),
            Exclude = Whole(job.Data.Exclusion?.File),
            ListOptions = job.Data.ListOptions is { } options ? options with { Root = Whole(options.Root) } : null,
            Task = job.Task.Name,
            Backbone = job.Spec.Name,
            Weights = weights,
            WeightsSha256 = hash,
            Fresh = job.Weights.IsFresh,
            Seed = job.Seed,
            ImageSize = job.Options.ImageSize,
            Resizing = job.Options.Resizing,
            Precision = job.Options.Precision,
            Tune = job.Tune,
            ClassWeights = job.Head.ClassWeights == MLNetPipelines.ClassWeights.Balanced ? "balanced" : "none",
            Thresholds = job.Task == LearningTask.MultiLabel ? $"{job.Options.Thresholds}" : null,
            Calibrate = job.Options.Calibrate,
            Keep = job.Options.Keep,
            Device = job.Featurizing.Device.ToString(),
            ComputedOn = device.type == DeviceType.CPU ? $"CPU, threads: {torch.get_num_threads()}" : $"{device}",
            Recipe = job.Recipe,
            TrainPrecision = job.Recipe.TrainPrecision.On(device),
        };
    }

    /// <summary>The options of the same training, to go on with it.</summary>
    public TrainingOptions ToOptions() => new()
    {
        Backbone = Backbone,
        Weights = InitialWeights,
        Seed = Seed,
        ImageSize = ImageSize,
        Resizing = Resizing,
        Precision = Precision,
        Tune = Tune,
        Head = new ClassificationHeadOptions { ClassWeights = ClassWeights == "balanced" ? MLNetPipelines.ClassWeights.Balanced : MLNetPipelines.ClassWeights.None },
        Thresholds = Thresholds is null ? LabelThresholds.BestF1 : LabelThresholds.Parse(Thresholds),
        Calibrate = Calibrate,
        Keep = Keep,
        Recipe = Recipe,
        Resume = true,
    };

    /// <summary>Whether there is a training in a result folder that has not come to its end.</summary>
    public static bool IsUnfinished(string folder) =>
        System.IO.File.Exists(Path.Combine(folder, File)) && !System.IO.File.Exists(Path.Combine(folder, ResultFolder.Model));

    /// <summary>Reads what the training in a result folder was started with.</summary>
    /// <exception cref="TrainingException">There is none, or it is damaged.</exception>
    public static TuningConfiguration Load(string folder)
    {
        string path = Path.Combine(folder, File);
        if (!System.IO.File.Exists(path)) throw new TrainingException($"There is no training to go on with in '{folder}': no {File}.");
        try
        {
            return JsonSerializer.Deserialize<TuningConfiguration>(System.IO.File.ReadAllText(path), RecipeSettings.Json)
                ?? throw new TrainingException($"'{path}' is damaged: it is null.");
        }
        catch (JsonException e)
        {
            throw new TrainingException($"'{path}' is damaged, at line {e.LineNumber + 1}.");
        }
    }

    public string ToJson() => JsonSerializer.Serialize(this, RecipeSettings.Json);

    public void Write(ResultFolder results) => WholeFile.WriteText(Path.Combine(results.Location, File), ToJson());

    /// <summary>The options whose values differ from another one's, and how. Where the images lie and what computes may differ.</summary>
    public IEnumerable<SettingText> DifferencesFrom(TuningConfiguration before)
    {
        if ((before.WeightsSha256 ?? before.Weights) != (WeightsSha256 ?? Weights))
            yield return Difference(nameof(Weights), before.Weights, Weights);
        if (before.Fresh != Fresh) yield return Difference(nameof(Fresh), before.Fresh, Fresh);
        if (before.Validation is null != Validation is null) yield return Difference(nameof(Validation), before.Validation, Validation);
        if (before.Task != Task) yield return Difference(nameof(Task), before.Task, Task);
        if (before.Backbone != Backbone) yield return Difference(nameof(Backbone), before.Backbone, Backbone);
        if (before.ImageSize != ImageSize) yield return Difference(nameof(ImageSize), before.ImageSize, ImageSize);
        if (before.Resizing != Resizing) yield return Difference(nameof(Resizing), before.Resizing, Resizing);
        if (before.Precision != Precision) yield return Difference(nameof(Precision), before.Precision, Precision);
        if (before.Seed != Seed) yield return Difference(nameof(Seed), before.Seed, Seed);
        if (before.Tune != Tune) yield return Difference(nameof(Tune), before.Tune, Tune);
        if (before.ClassWeights != ClassWeights) yield return Difference(nameof(ClassWeights), before.ClassWeights, ClassWeights);
        if (before.Calibrate != Calibrate) yield return Difference(nameof(Calibrate), $"{before.Calibrate}", $"{Calibrate}");
        if (before.Keep != Keep) yield return Difference(nameof(Keep), $"{before.Keep}", $"{Keep}");
        if (before.Thresholds != Thresholds) yield return Difference(nameof(Thresholds), before.Thresholds, Thresholds);
        foreach (PropertyInfo setting in RecipeSettings.All)
        {
            (object? was, object? now) = (setting.GetValue(before.Recipe), setting.GetValue(Recipe));
            if (!Equals(was, now)) yield return Difference(setting.Name, was, now);
        }
    }

    private static SettingText Difference(string property, object? before, object? now) =>
        $"{new Setting(property)} was {Text(before)} and is {Text(now)}";

    private static string? Whole(string? folder) => folder is null ? null : Path.GetFullPath(folder);

    private static string Text(object? value) => RecipeSettings.Text(value);
}
