using System.CommandLine;
using System.Text.Json.Serialization;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary><c>predict</c>: classes and probabilities of images, labels, or numbers.</summary>
internal static class PredictCommand
{
    public static Command Create()
    {
        Argument<string> model = CommonOptions.Model();
        var paths = new Argument<string[]>("PATH") { Description = "Image files, folders of images, or lists of them.", Arity = ArgumentArity.OneOrMore };
        Option<int> top = CommonOptions.Top(3, "classes to show, the most probable first");
        var reject = new Option<bool>("--reject")
        {
            Description = "Give no class to an image that is less like those trained on than `train --keep` allows.",
        };
        var featurizing = new FeaturizingOptions();
        Option<bool> strict = CommonOptions.Strict();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("predict", "Classifies images, or gives each its labels or a number.") { model, paths, top, reject, strict, json };
        featurizing.AddTo(command);
        var columns = new ListOptions();
        columns.AddTo(command);
        command.SetAction((arguments, cancellationToken) => Task.Run(() => Run(
            arguments.GetValue(model)!, arguments.GetValue(paths)!, columns.Read(arguments, arguments.GetValue(paths)!), arguments.GetValue(top),
            arguments.GetValue(reject),
            featurizing.Read(arguments),
            arguments.GetValue(strict), arguments.GetValue(json), cancellationToken), cancellationToken));
        return command;
    }

    private static void Run(
        string model, string[] paths, ImageListOptions lists, int top, bool reject, FeaturizeImagesOptions featurizing, bool strict, bool json,
        CancellationToken cancellationToken)
    {
        using FoundImages found = FoundImages.Of(paths, lists, strict);
        IReadOnlyList<string> files = found.Paths;
        using IImageModel opened = CommonOptions.Open(model, featurizing);
        if (reject && opened is not ImageClassifier { Unknown: not null })
        {
            throw new UserException($"'{model}' cannot tell images of other things: only a classifier of one class for each image can, "
                + "if it was trained by this version. Train it again, or leave --reject out.");
        }
        IEnumerable<Prediction> made = opened switch
        {
            ImageRegressor regressor => regressor.Predict(files, cancellationToken).Select(image => new Prediction(
                found.NameOf(image.Path), image.Error, image.Value is double value ? FormattableString.Invariant($"{value:G6}") : "", new NumberPrediction(found.NameOf(image.Path), image.Value, image.Error))),
            ImageClassifier { Thresholds: not null } labeler => labeler.Predict(files, cancellationToken).Select(Named).Select(image => new Prediction(
                image.Path, image.Error, image.Labels.Count > 0 ? Shown(image.Ranking.Where(c => image.Labels.Contains(c.Label))) : "none of the labels", LabelPrediction.Of(image, top))),
            _ => ((ImageClassifier)opened).Predict(files, cancellationToken).Select(Named).Select(image => new Prediction(
                image.Path, image.Error, Shown(image, top, reject), ClassPrediction.Of(image, top, reject))),
        };
        IEnumerable<Prediction> each = made.Select(prediction => Shown(prediction, strict, json));
        // Lines in a terminal show the progress themselves.
        IReadOnlyList<Prediction> predictions = json || Console.IsOutputRedirected
            ? ProgressBar.Of(each, files.Count, "Predicting")
            : [.. each];
        Terminal.SayFromCache(opened.Featurizer.CacheHits, files.Count);
        SkippedImage[] skipped = [.. predictions.Where(p => p.Error is not null).Select(p => new SkippedImage(p.Path, p.Error!))];
        if (skipped.Length == files.Count)
            throw new UserException(
                $"None of the {files.Count} files is an image that can be read: '{skipped[0].Path}' {skipped[0].Reason}.");

        if (json) Terminal.Json(predictions.Select(prediction => prediction.Json));
        ClassificationTables.WriteSkipped(skipped);

        ImagePrediction Named(ImagePrediction image) => image with { Path = found.NameOf(image.Path) };
    }

    /// <summary>Writes a line as soon as there is a prediction. JSON is one array, written whole at the end.</summary>
    private static Prediction Shown(Prediction prediction, bool strict, bool json)
    {
        if (prediction.Error is { } error)
        {
            if (strict) throw new SkippedImage(prediction.Path, error).Refusal();
        }
        else if (!json)
        {
            Terminal.Print($"{prediction.Path}: {prediction.Text}");
        }

        return prediction;
    }

    private static string Shown(ImagePrediction image, int top, bool reject)
    {
        string ranking = reject && image.IsKnown == false ? "none of the classes" : Shown(image.Ranking.Take(top));
        return image.UnknownScore is double score
            ? FormattableString.Invariant($"{ranking}; {(image.IsKnown == true ? "known" : "unknown")}, score {score:F2}")
            : ranking;
    }

    private static string Shown(IEnumerable<ClassProbability> classes) =>
        string.Join(", ", classes.Select(c => FormattableString.Invariant($"{c.Label} {c.Probability:F3}")));

    /// <summary>What is shown of an image.</summary>
    /// <param name="Path">The image.</param>
    /// <param name="Error">Why it could not be read; null where it could.</param>
    /// <param name="Text">For people.</param>
    /// <param name="Json">For programs.</param>
    private sealed record Prediction(string Path, string? Error, string Text, object Json);

    /// <summary>An image in the JSON array of numbers. One that could not be read has an error and no value.</summary>
    private sealed record NumberPrediction(
        string Path, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Value, string? Error);

    /// <summary>An image in the JSON array of labels: those that it is given, and the most probable. One that could not be read has an error and none.</summary>
    private sealed record LabelPrediction(string Path, IReadOnlyList<string> Labels, IEnumerable<ClassProbability> Top, string? Error)
    {
        public static LabelPrediction Of(ImagePrediction prediction, int top) =>
            new(prediction.Path, prediction.Labels, prediction.Ranking.Take(top), prediction.Error);
    }

    /// <summary>
    /// An image in the JSON array of classes. One that could not be read has an error, no class and no ranking; one that is rejected has a
    /// ranking and no class.
    /// </summary>
    private sealed record ClassPrediction(
        string Path,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Label,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Probability,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] bool? IsKnown,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? UnknownScore,
        IEnumerable<ClassProbability> Top,
        string? Error)
    {
        public static ClassPrediction Of(ImagePrediction prediction, int top, bool reject)
        {
            if (prediction.Ranking is not [ClassProbability best, ..])
                return new(prediction.Path, null, null, null, null, [], prediction.Error);
            bool rejected = reject && prediction.IsKnown == false;
            return new(prediction.Path, rejected ? null : best.Label, rejected ? null : best.Probability, prediction.IsKnown,
                prediction.UnknownScore, prediction.Ranking.Take(top), null);
        }
    }
}
