using System.CommandLine;
using System.Text.Json.Serialization;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary><c>predict</c>: classes and probabilities of images.</summary>
internal static class PredictCommand
{
    public static Command Create()
    {
        Argument<string> model = CommonOptions.Model();
        var paths = new Argument<string[]>("PATH") { Description = "Image files, or folders of images.", Arity = ArgumentArity.OneOrMore };
        Option<int> top = CommonOptions.Top(3, "classes to show, the most probable first");
        var featurizing = new FeaturizingOptions();
        Option<bool> strict = CommonOptions.Strict();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("predict", "Classifies images.") { model, paths, top, strict, json };
        featurizing.AddTo(command);
        command.SetAction((arguments, cancellationToken) => Task.Run(() => Run(
            arguments.GetValue(model)!, arguments.GetValue(paths)!, arguments.GetValue(top),
            featurizing.Read(arguments),
            arguments.GetValue(strict), arguments.GetValue(json), cancellationToken), cancellationToken));
        return command;
    }

    private static void Run(string model, string[] paths, int top, FeaturizeImagesOptions featurizing, bool strict, bool json,
        CancellationToken cancellationToken)
    {
        ImageFileListing[] listings = [.. paths.Select(ImageFolder.Files)];
        string[] files = [.. listings.SelectMany(listing => listing)];
        PassedOverLines.Say([.. listings.SelectMany(listing => listing.PassedOver)]);
        using ImageClassifier classifier = CommonOptions.Load(model, featurizing);
        IEnumerable<ImagePrediction> each = classifier.Predict(files, cancellationToken).Select(
            prediction => Shown(prediction, top, strict, json));
        // Lines in a terminal show the progress themselves.
        IReadOnlyList<ImagePrediction> predictions = json || Console.IsOutputRedirected
            ? ProgressBar.Of(each, files.Length, "Classifying")
            : [.. each];
        Terminal.SayFromCache(classifier.Featurizer.CacheHits, files.Length);
        SkippedImage[] skipped = [.. predictions.Where(p => p.Error is not null).Select(p => new SkippedImage(p.Path, p.Error!))];
        if (skipped.Length == files.Length)
            throw new UserException(
                $"None of the {files.Length} files is an image that can be read: '{skipped[0].Path}' {skipped[0].Reason}.");

        if (json) Terminal.Json(predictions.Select(prediction => Prediction.Of(prediction, top)));
        ClassificationTables.WriteSkipped(skipped);
    }

    /// <summary>Writes a line as soon as an image is classified. JSON is one array, written whole at the end.</summary>
    private static ImagePrediction Shown(ImagePrediction prediction, int top, bool strict, bool json)
    {
        if (prediction.Error is { } error)
        {
            if (strict) throw new SkippedImage(prediction.Path, error).Refusal();
        }
        else if (!json)
        {
            Terminal.Print(Line(prediction, top));
        }

        return prediction;
    }

    private static string Line(ImagePrediction prediction, int top) =>
        $"{prediction.Path}: {string.Join(", ", prediction.Ranking.Take(top).Select(c => $"{c.Label} {c.Probability:F3}"))}";

    /// <summary>An image in the JSON array. One that could not be read has an error, no class and no ranking.</summary>
    private sealed record Prediction(
        string Path,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Label,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Probability,
        IEnumerable<ClassProbability> Top,
        string? Error)
    {
        public static Prediction Of(ImagePrediction prediction, int top) => prediction.Ranking is [ClassProbability best, ..]
            ? new(prediction.Path, best.Label, best.Probability, prediction.Ranking.Take(top), null)
            : new(prediction.Path, null, null, [], prediction.Error);
    }
}
