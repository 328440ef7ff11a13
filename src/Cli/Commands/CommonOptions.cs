using System.CommandLine;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>Options that several verbs have, and mean the same by.</summary>
internal static class CommonOptions
{
    /// <summary>Values of <see cref="ClassWeights"/>.</summary>
    public const string NoWeights = "none", BalancedWeights = "balanced";

    public static Argument<string> Model() =>
        new("MODEL") { Description = "A model.zip that you trust, or the folder that `train` wrote it into." };

    public static Argument<string> TrainingFolder() => new("FOLDER") { Description = "A folder with a folder of images for each class, or a list of images and classes." };

    public static Option<string?> Validation() =>
        new("--validation") { Description = "A folder or list like FOLDER to validate on. Without it, a fifth of each class is held back." };

    public static Option<int> Seed() => new Option<int>("--seed")
    {
        Description = "Chooses the images that are held back. The same seed gives the same model.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    }.Within(0, int.MaxValue);

    public static Option<string> Backbone() =>
        new("--backbone") { Description = "A backbone that `models` lists.", DefaultValueFactory = _ => "resnet18_mlnet" };

    public static Option<string> ClassWeights() => new("--class-weights")
    {
        Description = $"{NoWeights}, or {BalancedWeights}: each class counts the same, however many images it has.",
        HelpName = $"{NoWeights}|{BalancedWeights}",
        DefaultValueFactory = _ => NoWeights,
        CustomParser = result =>
        {
            string given = result.Tokens[0].Value;
            if (given is not (NoWeights or BalancedWeights))
                result.AddError($"--class-weights is '{given}'; it takes {NoWeights} or {BalancedWeights}.");
            return given;
        },
    };

    /// <summary>Height and width of a network's input; the most is what a graphics card of today holds.</summary>
    public static Option<int?> ImageSize(string description) =>
        new Option<int?>("--image-size") { Description = description, HelpName = "PIXELS" }.Within(32, 4096);

    /// <summary>How an image becomes a network's square.</summary>
    public static Option<Resizing?> Resize() => new("--resize")
    {
        Description = "How an image becomes the network's square: crop (the middle of it), squash (all of it, out of proportion) or letterbox (all of it, between gray bars); by default, the backbone's own way, crop.",
        HelpName = "crop|squash|letterbox",
    };

    /// <summary>What an exported network computes in.</summary>
    public static Option<OnnxPrecision> Precision() => new("--precision")
    {
        Description = "What the exported network computes in: float32, half (half the file, and faster on a GPU) or int8 (a quarter of the file, and faster on a CPU).",
        HelpName = "float32|half|int8",
        DefaultValueFactory = _ => OnnxPrecision.Float32,
    };

    public static Option<int> Top(int count, string what) => new Option<int>("--top")
    {
        Description = $"How many {what}.",
        HelpName = "N",
        DefaultValueFactory = _ => count,
    }.Within(1, 1_000_000);

    /// <summary>The head that <see cref="ClassWeights"/> asks for.</summary>
    public static ClassificationHeadOptions Head(string classWeights) => new()
    {
        ClassWeights = classWeights == BalancedWeights ? MLNetPipelines.ClassWeights.Balanced : MLNetPipelines.ClassWeights.None,
    };

    public static Option<bool> Calibrate() => new("--calibrate")
    {
        Description = "Scale probabilities by a temperature, chosen on images that were not learned. It helps on some sets and does harm on others.",
    };

    public static Option<double> Keep() => new Option<double>("--keep")
    {
        Description = "The part of images of the classes to take for known. What is less like the images to train on is none of the classes.",
        HelpName = "PART",
        DefaultValueFactory = _ => UnknownScore.DefaultKeep,
    }.Within(0.01, 1);

    public static Option<bool> Json() =>
        new("--json") { Description = "Print the result as JSON on standard output, and nothing else there." };

    public static Option<bool> AllowMissingClasses() => new("--allow-missing-classes")
    {
        Description = "Leave out classes without an image that can be read, in place of failing: those of empty folders, and those that are only validated.",
    };

    /// <summary>Images to leave out: <see cref="ImageExclusion.Read"/>.</summary>
    public static Option<string?> Exclude() =>
        new("--exclude") { Description = "A CSV file with a column path of images to leave out, such as `check --csv` writes.", HelpName = "FILE" };

    /// <summary>What it names; null for nothing.</summary>
    public static ImageExclusion? Excluded(ParseResult arguments, Option<string?> exclude) =>
        arguments.GetValue(exclude) is string file ? ImageExclusion.Read(file) : null;

    public static Option<bool> Strict() =>
        new("--strict") { Description = "Fail if an image cannot be read, instead of skipping and listing it." };

    /// <summary>Opens a model by its path or its folder's, and says on which device.</summary>
    public static ImageClassifier Load(string model, FeaturizeImagesOptions featurizing) => Told(TrainedModel.Load(model, featurizing));

    /// <summary>The same of a model that gives classes or numbers.</summary>
    public static IImageModel Open(string model, FeaturizeImagesOptions featurizing) => Told(TrainedModel.Open(model, featurizing));

    private static T Told<T>(T model) where T : IImageModel
    {
        Terminal.Say($"Device: {model.Featurizer.Device}");
        if (model.Featurizer.DeviceWarning is string warning) Terminal.Warn(warning);
        return model;
    }
}
