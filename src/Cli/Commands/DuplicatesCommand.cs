using System.CommandLine;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary><c>duplicates</c>: pairs of nearly identical images.</summary>
internal static class DuplicatesCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "A folder of images, with or without subfolders, or a list of images." };
        Option<double> threshold = new Option<double>("--threshold")
        {
            Description = "The lowest cosine similarity of a pair, -1 to 1. A lower one finds more heavily edited copies, and images that only look alike.",
            HelpName = "X",
            DefaultValueFactory = _ => EmbeddingIndex.NearDuplicateThreshold,
        }.Within(-1, 1);
        var network = new BackboneOptions();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("duplicates", "Lists pairs of nearly identical images, by the cosine similarity of their features.") { folder, threshold, json };
        var columns = new ListOptions();
        network.AddTo(command);
        columns.AddTo(command);
        command.SetAction((arguments, cancellationToken) => Task.Run(() =>
        {
            ImageListOptions lists = columns.Read(arguments, arguments.GetValue(folder)!);
            using ImageFeaturizer featurizer = network.Open(arguments, cancellationToken);
            Run(featurizer, arguments.GetValue(folder)!, lists, arguments.GetValue(threshold), arguments.GetValue(json), cancellationToken);
        }, cancellationToken));
        return command;
    }

    private static void Run(ImageFeaturizer featurizer, string folder, ImageListOptions lists, double threshold, bool json, CancellationToken cancellationToken)
    {
        IReadOnlyList<SimilarPair> pairs = EmbeddedFolder.Of(featurizer, folder, lists, cancellationToken).NearDuplicates(threshold);
        if (json) Terminal.Json(pairs);
        else foreach (SimilarPair pair in pairs) Terminal.Print($"{pair.Similarity:F3} {pair.First} {pair.Second}");
        if (pairs.Count == 0) Terminal.Say($"No two images have a similarity of {threshold} or more.");
    }
}
