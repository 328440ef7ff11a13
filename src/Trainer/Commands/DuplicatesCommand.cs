using System.CommandLine;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Data;
using ResNetMLNet.Trainer.Reports;

namespace ResNetMLNet.Trainer.Commands;

/// <summary><c>duplicates</c>: pairs of images that are nearly the same.</summary>
internal static class DuplicatesCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "A folder of images, with folders in it or without." };
        var threshold = new Option<double>("--threshold")
        {
            Description = "The least cosine similarity of a pair, -1 to 1. Lower finds copies that are more changed, and images that only look alike.",
            DefaultValueFactory = _ => DataProblems.NearDuplicateThreshold,
        };
        var network = new BackboneOptions();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("duplicates", "Lists pairs of images that are nearly the same, by the cosine of their features.") { folder, threshold, json };
        network.AddTo(command);
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using ImageFeaturizer featurizer = await network.OpenAsync(arguments, cancellationToken);
            await Task.Run(() => Run(featurizer, arguments.GetValue(folder)!, arguments.GetValue(threshold), arguments.GetValue(json), cancellationToken), cancellationToken);
        });
        return command;
    }

    private static void Run(ImageFeaturizer featurizer, string folder, double threshold, bool json, CancellationToken cancellationToken)
    {
        IReadOnlyList<SimilarPair> pairs = EmbeddedFolder.Of(featurizer, folder, cancellationToken).NearDuplicates(threshold);
        if (json) Terminal.Json(pairs);
        else foreach (SimilarPair pair in pairs) Console.Out.WriteLine($"{pair.Similarity:F3} {pair.First} {pair.Second}");
        if (pairs.Count == 0) Terminal.Say($"No two images have a similarity of {threshold} or more.");
    }
}
