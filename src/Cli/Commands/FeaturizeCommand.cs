using System.CommandLine;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary><c>featurize</c>: features of a folder's images, in a file for other programs.</summary>
internal static class FeaturizeCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "A folder of images, with or without subfolders, or a list of images. The label of an image is what the list says, or the name of the subfolder that it is in." };
        var output = new Option<string>("--output", "-o")
        {
            Description = "The file to write: .parquet, .csv, or .npy with a .csv of paths and labels beside it.",
            HelpName = "FILE",
            Required = true,
        };
        var model = new Option<string?>("--model") { Description = "A trained model (its folder or model.zip) whose backbone makes the features, in place of --backbone.", HelpName = "MODEL" };
        var network = new BackboneOptions();
        Option<string?> exclude = CommonOptions.Exclude();
        Option<bool> strict = CommonOptions.Strict(), force = new("--force") { Description = "Replace a file that is there." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("featurize", "Writes the features of images into a Parquet, CSV or NumPy file.") { folder, output, model, exclude, strict, force, json };
        var columns = new ListOptions();
        network.AddTo(command);
        columns.AddTo(command);
        command.SetAction((arguments, cancellationToken) => Task.Run(() =>
        {
            string path = arguments.GetValue(output)!;
            if (!FeatureTable.Supports(path)) throw new UserException($"--output '{path}' ends in none of {string.Join(", ", FeatureTable.Extensions)}.");
            string[] existing = [.. new[] { path, Path.ChangeExtension(path, ".csv") }.Take(IsNumPy(path) ? 2 : 1).Where(File.Exists)];
            if (existing is [string there, ..] && !arguments.GetValue(force)) throw new UserException($"'{there}' is there already. Add --force to replace it.");
            string named = arguments.GetValue(folder)!;
            ImageListOptions lists = columns.Read(arguments, named);
            ImageExclusion? excluded = CommonOptions.Excluded(arguments, exclude);
            if (arguments.GetValue(model) is not string trained)
            {
                using ImageFeaturizer featurizer = network.Open(arguments, cancellationToken);
                Write(featurizer);
                return;
            }
            network.RequireNone(arguments, "--model");
            using IImageModel opened = TrainedModel.Open(trained, network.Featurizing(arguments));
            Write(opened.Featurizer);

            void Write(ImageFeaturizer featurizer) => FeaturizeCommand.Write(
                featurizer, named, lists, excluded, path, arguments.GetValue(strict), arguments.GetValue(json), cancellationToken);
        }, cancellationToken));
        return command;
    }

    private static void Write(
        ImageFeaturizer featurizer, string folder, ImageListOptions lists, ImageExclusion? excluded, string path, bool strict, bool json,
        CancellationToken cancellationToken)
    {
        using FoundImages found = FoundImages.Of([folder], lists, strict);
        using var progress = new TerminalProgress();
        IReadOnlyList<string> paths = excluded?.Others(found.Paths, progress) ?? found.Paths;
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        IEnumerable<ImageFeatures> features = ProgressBar.Stream(featurizer.Featurize(paths, cancellationToken), paths.Count, "Featurizing").Select(image =>
        {
            string name = found.NameOf(image.Path);
            labels[name] = found.LabelOf(image.Path);
            return image with { Path = name };
        });
        if (strict) features = features.Select(image => image.Error is null ? image : throw new UserException($"'{image.Path}' {image.Error}."));
        (int rows, IReadOnlyList<SkippedImage> skipped) = FeatureTable.Write(path, features, image => labels[image], featurizer.FeatureCount);
        ClassificationTables.WriteSkipped(skipped);
        if (json) Terminal.Json(new { Rows = rows, Features = featurizer.FeatureCount, Skipped = skipped });
        else Terminal.Say($"Wrote {featurizer.FeatureCount} features of {rows} images into {path}{(IsNumPy(path) ? $" and {Path.ChangeExtension(path, ".csv")}" : "")}.");
    }

    private static bool IsNumPy(string path) => string.Equals(Path.GetExtension(path), ".npy", StringComparison.OrdinalIgnoreCase);
}
