using System.CommandLine;
using System.Globalization;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary><c>train</c>: a folder of photos in, a model to ship out.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var folder = new Argument<string?>("FOLDER")
        {
            Description = "A folder with a folder of images for each class, or a list of images and classes (CSV, TSV, JSON lines, Parquet, WebDataset); with --regression, a list of images and numbers; with --multi-label, of images and labels.",
            Arity = ArgumentArity.ZeroOrOne
        };
        Option<string?> validation = CommonOptions.Validation();
        Option<string> backbone = CommonOptions.Backbone();
        var weights = new WeightsOptions();
        var output = new Option<string?>("--output",
            "-o")
        { Description = "The folder to write model.zip, backbone.onnx, metrics.json and report.html to; by default, FOLDER's name with -model appended." };
        Option<int> seed = CommonOptions.Seed();
        Option<string> classWeights = CommonOptions.ClassWeights();
        Option<int?> imageSize = CommonOptions.ImageSize(
            "Height and width of the network's input in pixels; by default, the backbone's own.");
        Option<Resizing?> resize = CommonOptions.Resize();
        Option<OnnxPrecision> precision = CommonOptions.Precision();
        var tuning = new TuneOptions();
        var from = new Option<string?>("--from")
        {
            Description = "A trained model (its folder, model.zip or backbone.onnx) to start from, on more images or other classes: its backbone, weights and image size.",
            HelpName = "MODEL",
        };
        var tryRates = new Option<bool>("--try-learning-rates") { Description = "Train nothing: try learning rates from tiny to huge, print the loss at each, and suggest a --learning-rate." };
        Option<int?> folds = new Option<int?>("--folds")
        {
            Description = "Write no model: train once for each of N folds of the images, on the others, and print the figures of each and their mean.",
            HelpName = "N",
        }.Within(2, 100);
        var regression = new Option<bool>("--regression") { Description = "Learn a number of each image, not its class: FOLDER, and that of --validation, is a list of images and numbers." };
        var multiLabel = new Option<bool>("--multi-label") { Description = "Learn any number of labels of each image: FOLDER, and that of --validation, is a list whose labels are written cat|dog; so without the option where a row has several." };
        Option<LabelThresholds> thresholds = LabelledList.Thresholds();
        Option<bool> calibrate = CommonOptions.Calibrate();
        Option<double> keep = CommonOptions.Keep();
        var columns = new ListOptions();
        Option<string?> exclude = CommonOptions.Exclude();
        var featurizing = new FeaturizingOptions();
        Option<bool> strict = CommonOptions.Strict(), allowMissingClasses = CommonOptions.AllowMissingClasses();
        var force = new Option<bool>("--force") { Description = "Replace the result of an earlier run in the output folder." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("train", "Trains a model on a folder or a list of images, and writes it for ML.NET.")
        {
            folder, validation, backbone, output, seed, classWeights, imageSize, resize, precision, exclude, strict, allowMissingClasses, force, json,
        };
        weights.AddTo(command);
        command.Add(from);
        tuning.AddTo(command);
        command.Add(tryRates);
        command.Add(folds);
        command.Add(regression);
        command.Add(multiLabel);
        command.Add(thresholds);
        command.Add(calibrate);
        command.Add(keep);
        columns.AddTo(command);
        featurizing.AddTo(command);
        command.SetAction(async (arguments, cancellationToken) =>
        {
            string? resume = tuning.Resume(arguments);
            if (resume is not null && arguments.GetValue(output) is not null)
                throw new UserException(
                    "--resume names the result folder to go on in, so --output has nothing to say. Leave one of them out.");
            if (resume is not null && arguments.GetValue(folds) is not null)
                throw new UserException("--folds trains every fold from the start, and --resume goes on with a training. Leave one of them out.");
            (TrainingOptions Options, string? Folder, string? Validation)? before = resume is null
                ? null
                : TrainedModel.ReadTraining(resume);
            TrainingOptions was = before?.Options ?? new TrainingOptions();
            string? given = arguments.GetValue(folder);
            RegressionDataSet? earlier = resume is null || given is not null ? null : RegressionDataSet.FromTraining(resume);
            bool numbers = arguments.GetValue(regression) || earlier is not null;
            ImageDataSet? listed = resume is null || given is not null ? null : ImageDataSet.FromTraining(resume);
            MultiLabelDataSet? labelled = resume is null || given is not null ? null : MultiLabelDataSet.FromTraining(resume);
            if (arguments.GetValue(multiLabel) && numbers) throw new UserException("--multi-label learns labels, and --regression a number. Leave one of them out.");
            // What is not said is as it was, where a training goes on.
            bool Given(Option option) => before is null || arguments.IsGiven(option);
            ImageExclusion? excluded = Given(exclude) ? CommonOptions.Excluded(arguments, exclude) : ImageExclusion.FromTraining(resume!);
            string? others = Given(validation) ? arguments.GetValue(validation) : before?.Validation;
            ImageListOptions lists = columns.Read(arguments, given);
            TrainingData data = numbers
                ? new NumberList((earlier ?? RegressionDataSet.FromList(given ?? throw new UserException(
                    "FOLDER is missing: with --regression, name a list of images and numbers."), others, lists)).Without(excluded))
                : labelled is not null || arguments.GetValue(multiLabel) || (given is not null && ImageList.IsOne(given) && MultiLabelDataSet.HasSeveralLabels(given, lists))
                ? new LabelledList((labelled ?? LabelledList.Read(given, others, lists)).Without(excluded))
                : new ClassImages((listed ?? ClassImages.Read(given ?? before?.Folder ?? throw new UserException(
                    "FOLDER is missing: name a folder that has a folder of images for each class, or a list."), others, lists)).Without(excluded));
            TrainingOptions options = tuning.Read(arguments, was with
            {
                Backbone = Given(backbone) ? arguments.GetValue(backbone)! : was.Backbone,
                ImageSize = Given(imageSize) ? arguments.GetValue(imageSize) : was.ImageSize,
                Resizing = Given(resize) ? arguments.GetValue(resize) : was.Resizing,
                Precision = Given(precision) ? arguments.GetValue(precision) : was.Precision,
                Seed = Given(seed) ? arguments.GetValue(seed) : was.Seed,
                Head = Given(classWeights) ? CommonOptions.Head(arguments.GetValue(classWeights)!) : was.Head,
                Thresholds = Given(thresholds) ? arguments.GetValue(thresholds)! : was.Thresholds,
                Calibrate = Given(calibrate) ? arguments.GetValue(calibrate) : was.Calibrate,
                Keep = Given(keep) ? arguments.GetValue(keep) : was.Keep,
                Strict = arguments.GetValue(strict),
                AllowMissingClasses = arguments.GetValue(allowMissingClasses),
                Featurizing = featurizing.Read(arguments, before is null ? null : was.Featurizing.Device),
                Overwrite = arguments.GetValue(force),
            }, data.Usual);
            options = arguments.GetValue(from) is string model
                ? StartFrom(model, options, weights.All.Prepend(backbone), arguments)
                : options with { Weights = weights.Read(arguments, options.Tune, before is null ? null : was.Weights) };
            options = options with
            {
                ResultFolder = resume ?? arguments.GetValue(output) ?? data.DefaultResultFolder,
            };
            options = options with { Command = Again([.. data.Arguments, .. CommandText.Option("--exclude", excluded?.File)], options, data.Usual(options.Tune)) };
            await FirstThread.Run(() =>
            {
                using var progress = new TerminalProgress();
                bool asJson = arguments.GetValue(json);
                if (arguments.GetValue(tryRates)) LearningRateTables.Write(data.TryLearningRates(options with { ResultFolder = null }, progress, cancellationToken), asJson);
                else if (arguments.GetValue(folds) is int count) data.CrossValidate(options with { ResultFolder = null }, count, asJson, progress, cancellationToken);
                else Run(data, options, progress, asJson, cancellationToken);
            });
        });
        return command;
    }

    private static TrainingOptions StartFrom(string model, TrainingOptions options, IEnumerable<Option> others, ParseResult arguments)
    {
        if (options.Resume) throw new UserException("--from starts a training from a trained model, and --resume goes on with one that was started. Leave one of them out.");
        if (options.Tune == Tune.Scratch) throw new UserException("--from starts from a trained model's weights, and --tune scratch from random ones. Leave one of them out.");
        if (arguments.FirstGiven(others) is Option other)
            throw new UserException($"--from takes backbone and weights from a trained model, and {other.Name} names others. Leave one of them out.");
        return TrainedModel.StartFrom(model, options);
    }

    private static void Run(
        TrainingData data, TrainingOptions options, TerminalProgress progress, bool json, CancellationToken cancellationToken)
    {
        RunMetrics metrics = data.Train(options, json, progress, cancellationToken);
        ProblemLines.Say(metrics);
        Terminal.Say($"Wrote {TrainedModel.ModelFile}, {TrainedModel.BackboneFile}, {TrainedModel.MetricsFile} and {TrainedModel.ReportFile} into {options.ResultFolder}, after {metrics.Seconds:F0} s.");
    }

    /// <summary>The command that does the same again, for the report.</summary>
    private static string Again(IEnumerable<string?> data, TrainingOptions options, Recipe usual)
    {
        return CommandText.Of("train",
        [
            .. data, "--backbone", options.Backbone,
            .. CommandText.Option("--weights", options.Weights!.Name),
            .. options.Weights.IsFresh && options.Tune != Tune.Scratch ? ["--fresh"] : Array.Empty<string>(),
            .. CommandText.Option("--image-size", options.ImageSize?.ToString(CultureInfo.InvariantCulture)),
            .. CommandText.Option("--resize", options.Resizing is { } resizing ? $"{resizing}".ToLowerInvariant() : null),
            .. options.Precision == OnnxPrecision.Float32 ? Array.Empty<string>() : ["--precision", $"{options.Precision}".ToLowerInvariant()],
            .. options.AllowMissingClasses ? ["--allow-missing-classes"] : Array.Empty<string>(),
            .. CommandText.Option("--class-weights", options.Head.ClassWeights == ClassWeights.None ? null : CommonOptions.BalancedWeights),
            .. CommandText.Option("--thresholds", options.Thresholds == LabelThresholds.BestF1 ? null : $"{options.Thresholds}"),
            .. options.Calibrate ? ["--calibrate"] : Array.Empty<string>(),
            .. CommandText.Option(
                "--keep", options.Keep == UnknownScore.DefaultKeep ? null : options.Keep.ToString(CultureInfo.InvariantCulture)),
            .. CommandText.Option("--tune", options.Tune == Tune.Head ? null : RecipeSettings.Text(options.Tune)),
            .. RecipeSettings.Differences(options.Recipe ?? usual, usual).Where(setting => setting.Value != RecipeSettings.Text(null)).SelectMany(
                setting => CommandText.Option(OptionNames.Of(setting.Name), setting.Value)),
            "--seed", $"{options.Seed}", "--output", options.ResultFolder,
        ]);
    }
}
