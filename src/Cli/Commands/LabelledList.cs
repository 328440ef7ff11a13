using System.CommandLine;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>A list of images and any number of labels for each.</summary>
internal sealed class LabelledList(MultiLabelDataSet data) : TrainingData
{
    public override IEnumerable<string?> Arguments => [data.ListFile, "--multi-label", .. CommandText.Option("--validation", data.ValidationListFile), .. ListOptions.Arguments(data.ListOptions)];

    public override string DefaultResultFolder => $"{data.Name}-model";

    /// <summary>From which probability on an image is given a label.</summary>
    public static Option<LabelThresholds> Thresholds() => new("--thresholds")
    {
        Description = "With --multi-label, from which probability on an image is given a label: best-f1 or precision=0.9, chosen for each label on images to train on, or a probability for all.",
        HelpName = "best-f1|precision=P|P",
        DefaultValueFactory = _ => LabelThresholds.BestF1,
        CustomParser = result =>
        {
            try
            {
                return LabelThresholds.Parse(result.Tokens[0].Value);
            }
            catch (FormatException e)
            {
                result.AddError($"--thresholds: {e.Message}");
                return LabelThresholds.BestF1;
            }
        },
    };

    /// <summary>Reads the lists that a command line names.</summary>
    /// <param name="list">Images to train on.</param>
    /// <param name="validation">Images to validate on.</param>
    /// <param name="options">Which columns.</param>
    /// <exception cref="UserException">No list is named.</exception>
    public static MultiLabelDataSet Read(string? list, string? validation, ImageListOptions options)
    {
        if (list is null) throw new UserException("FOLDER is missing: with --multi-label, name a list of images and labels.");
        if (Directory.Exists(list) && !ImageList.IsOne(list)) throw new UserException($"'{list}' is a folder. With --multi-label, name a list of images and labels.");
        return MultiLabelDataSet.FromList(list, validation, options);
    }

    public override Recipe Usual(Tune tune) => Recipe.ForMultiLabel(tune);

    public override RunMetrics Train(TrainingOptions options, bool json, TerminalProgress progress, CancellationToken cancellationToken)
    {
        using MultiLabelRun run = BackboneTrainer.Train(data, options, progress, cancellationToken);
        return RunFigures.Write(run.Metrics, json, MultiLabelTables.Write);
    }

    public override void CrossValidate(
        TrainingOptions options, int folds, bool json, TerminalProgress progress, CancellationToken cancellationToken) =>
        MultiLabelTables.Write(BackboneTrainer.CrossValidate(data, options, folds, progress, cancellationToken), json);

    public override LearningRateTrial TryLearningRates(
        TrainingOptions options, TerminalProgress progress, CancellationToken cancellationToken) =>
        BackboneTrainer.TryLearningRates(data, options, progress, cancellationToken);
}
