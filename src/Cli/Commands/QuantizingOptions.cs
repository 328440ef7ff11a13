using System.CommandLine;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>The options of how a network is quantized.</summary>
internal sealed class QuantizingOptions
{
    private const int MostImages = 100_000;

    /// <summary>What is not said; photos are decoded as they are to train on.</summary>
    public static QuantizationOptions Usual { get; } = new() { Featurizing = new TrainingOptions().Featurizing };

    private readonly Option<string?> validation = new("--validation")
    {
        Description = "A folder or list of other images to check the result on. Without it, a third of those in --calibrate, or what is over --images, is held back.",
    };

    private readonly Option<int> images = new Option<int>("--images")
    {
        Description = "The most images to calibrate on, and the most to check on.",
        HelpName = "N",
        DefaultValueFactory = _ => Usual.CalibrationCount,
    }.Within(1, MostImages);

    private readonly Option<CalibrationMethod> ranges = new("--ranges")
    {
        Description = "How the range of a value is chosen: all that was seen (minmax), all but one in 100,000 (percentile), by the least squared error, or by the least loss of information (entropy).",
        HelpName = "minmax|percentile|meansquarederror|entropy",
        DefaultValueFactory = _ => Usual.Method,
    };

    private readonly Option<bool> portable = new("--portable")
    {
        Description = "Keep weights to 7 bits, so that other programs than this library compute the same on processors without VNNI.",
    };

    private readonly Option<double> maxDrop = new Option<double>("--max-drop")
    {
        Description = "The most points (hundredths) that accuracy may fall, where classes are known; layers are put back to float until it holds.",
        HelpName = "POINTS",
        DefaultValueFactory = _ => Usual.MaxDrop,
    }.Within(0, 100);

    private readonly Option<double> minCosine = new Option<double>("--min-cosine")
    {
        Description = "The least mean cosine between an image's features before and after; layers are put back to float until it holds.",
        HelpName = "COSINE",
        DefaultValueFactory = _ => Usual.MinCosine,
    }.Within(0, 1);

    private readonly Option<ExactRewrites> rewrites = new("--rewrites")
    {
        Description = "Whether convolutions are written in equal forms that may run faster: where a short trial on this processor says so (auto), always, or never.",
        HelpName = "auto|always|never",
        DefaultValueFactory = _ => Usual.Rewrites,
    };

    private readonly Option<int> seed = new Option<int>("--seed")
    {
        Description = "Chooses the images, where there are more than are needed.",
        HelpName = "N",
        DefaultValueFactory = _ => Usual.Seed,
    }.Within(0, int.MaxValue);

    /// <summary>The images that a network is quantized on.</summary>
    public static Option<string> Calibrate() => new("--calibrate")
    {
        Description = "A folder or list of images of the kind that the network is used on, best those that it is trained on; folders and labels are classes. Some hundred images are good.",
        HelpName = "FOLDER",
    };

    private readonly ListOptions columns = new();

    public void AddTo(Command command)
    {
        columns.AddTo(command);
        foreach (Option option in new Option[] { validation, images, ranges, portable, maxDrop, minCosine, rewrites, seed }) command.Add(option);
    }

    /// <summary>The images of a folder or a list.</summary>
    public static CalibrationImages Images(string path, ImageListOptions? lists = null) =>
        ImageList.IsOne(path) ? CalibrationImages.FromList(path, lists) : CalibrationImages.FromFolder(path);

    /// <summary>What a command line says of lists.</summary>
    public ImageListOptions Lists(ParseResult arguments, string calibrate) => columns.Read(arguments, calibrate, arguments.GetValue(validation));

    public QuantizationOptions Read(ParseResult arguments, ImageListOptions lists) => Usual with
    {
        Method = arguments.GetValue(ranges),
        CalibrationCount = arguments.GetValue(images),
        CheckCount = arguments.GetValue(images),
        CheckImages = arguments.GetValue(validation) is string folder ? Images(folder, lists) : null,
        Portable = arguments.GetValue(portable),
        MaxDrop = arguments.GetValue(maxDrop),
        MinCosine = arguments.GetValue(minCosine),
        Rewrites = arguments.GetValue(rewrites),
        Seed = arguments.GetValue(seed),
    };
}
