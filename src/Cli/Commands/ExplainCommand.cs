using System.CommandLine;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Cli;

/// <summary><c>explain</c>: where in an image a model sees a class.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        Argument<string> model = CommonOptions.Model();
        var image = new Argument<string>("IMAGE") { Description = "An image file." };
        var output = new Option<string?>("--output",
            "-o")
        { Description = "A .png or .jpg file to write the image to, with a heat map of what speaks for the class." };
        var label = new Option<string?>("--class") { Description = "The class to look for; by default, the most probable one." };
        var featurizing = new FeaturizingOptions();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("explain", "Shows where in an image a model sees a class (Grad-CAM).") { model, image, output, label,
            json };
        featurizing.AddTo(command);
        command.SetAction((arguments, cancellationToken) => Task.Run(() => Run(
            arguments.GetValue(model)!, arguments.GetValue(image)!, arguments.GetValue(output), arguments.GetValue(label),
            featurizing.Read(arguments), arguments.GetValue(json), cancellationToken), cancellationToken));
        return command;
    }

    private static void Run(string model, string image, string? output, string? label, FeaturizeImagesOptions featurizing, bool json,
        CancellationToken cancellationToken)
    {
        using ImageClassifier classifier = CommonOptions.Load(model, featurizing);
        if (label is not null && !classifier.Classes.Contains(label))
            throw new UserException($"The model has no class '{label}'. Its classes are '{string.Join("', '", classifier.Classes)}'.");
        using var explainer = new ImageExplainer(classifier);
        ClassActivationMap map = explainer.Explain(image, label, cancellationToken);
        if (output is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
            map.SaveOverlay(output);
            Terminal.Say($"Wrote {output}: where {map.Label} is seen in {image}.");
        }
        if (json) Terminal.Json(map);
        else foreach (ClassProbability c in map.Ranking) Terminal.Print($"{c.Probability:F3} {c.Label}");
    }
}
