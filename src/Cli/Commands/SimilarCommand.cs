using System.CommandLine;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary><c>similar</c>: the images of a folder most like a given one.</summary>
internal static class SimilarCommand
{
    public static Command Create()
    {
        var query = new Argument<string>("QUERY") { Description = "An image file." };
        var folder = new Argument<string>("FOLDER") { Description = "A folder of images, with or without subfolders, or a list of images." };
        Option<int> top = CommonOptions.Top(10, "images to show, the most similar first");
        var network = new BackboneOptions();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("similar", "Finds the images most like a given one, by the cosine similarity of their features.") { query,
            folder, top, json };
        var columns = new ListOptions();
        network.AddTo(command);
        columns.AddTo(command);
        command.SetAction((arguments, cancellationToken) => Task.Run(() =>
        {
            ImageListOptions lists = columns.Read(arguments, arguments.GetValue(folder)!);
            using ImageFeaturizer featurizer = network.Open(arguments, cancellationToken);
            Run(featurizer, arguments.GetValue(query)!, arguments.GetValue(folder)!, lists, arguments.GetValue(top), arguments.GetValue(json),
                cancellationToken);
        }, cancellationToken));
        return command;
    }

    private static void Run(
        ImageFeaturizer featurizer, string query, string folder, ImageListOptions lists, int top, bool json, CancellationToken cancellationToken)
    {
        ImageFeatures wanted = featurizer.Featurize([query], cancellationToken).Single();
        if (wanted.Features is null) throw new UserException($"'{query}' {wanted.Error}.");
        IReadOnlyList<SimilarImage> found = EmbeddedFolder.Of(featurizer, folder, lists, cancellationToken).Nearest(wanted.Features, top);
        if (json) Terminal.Json(found);
        else foreach (SimilarImage image in found) Terminal.Print($"{image.Similarity:F3} {image.Path}");
    }
}
