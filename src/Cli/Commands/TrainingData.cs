using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>What <c>train</c> learns of: a folder or a list of classes, a list of labels or of numbers.</summary>
internal abstract class TrainingData
{
    /// <summary>How a command line names it.</summary>
    public abstract IEnumerable<string?> Arguments { get; }

    /// <summary>Where the result goes unless a folder is named.</summary>
    public abstract string DefaultResultFolder { get; }

    /// <summary>The recipe where none is named.</summary>
    public abstract Recipe Usual(Tune tune);

    /// <summary>Trains, and prints the figures.</summary>
    public abstract RunMetrics Train(TrainingOptions options, bool json, TerminalProgress progress, CancellationToken cancellationToken);

    /// <summary>Trains on all folds but one in turn, and prints the figures.</summary>
    public abstract void CrossValidate(TrainingOptions options, int folds, bool json, TerminalProgress progress, CancellationToken cancellationToken);

    public abstract LearningRateTrial TryLearningRates(TrainingOptions options, TerminalProgress progress, CancellationToken cancellationToken);
}

/// <summary>A folder with a folder of images for each class, or a list of images and their classes.</summary>
internal sealed class ClassImages(ImageDataSet data) : TrainingData
{
    /// <summary>Reads what a command line names.</summary>
    /// <param name="named">A folder or a list.</param>
    /// <param name="validation">One like it to validate on.</param>
    /// <param name="lists">Which columns of a list.</param>
    public static ImageDataSet Read(string named, string? validation, ImageListOptions lists) =>
        ImageList.IsOne(named) ? ImageDataSet.FromList(named, validation, lists) : ImageDataSet.FromFolder(named, validation);

    public override IEnumerable<string?> Arguments =>
    [
        data.Folder ?? data.ListFile, .. CommandText.Option("--validation", data.ValidationFolder ?? data.ValidationListFile),
        .. ListOptions.Arguments(data.ListOptions),
    ];

    public override string DefaultResultFolder => data.DefaultResultFolder("model");

    public override Recipe Usual(Tune tune) => Recipe.For(tune);

    public override RunMetrics Train(TrainingOptions options, bool json, TerminalProgress progress, CancellationToken cancellationToken)
    {
        using TrainingRun run = BackboneTrainer.Train(data, options, progress, cancellationToken);
        return RunFigures.Write(run.Metrics, json, ClassificationTables.Write);
    }

    public override void CrossValidate(
        TrainingOptions options, int folds, bool json, TerminalProgress progress, CancellationToken cancellationToken) =>
        FoldTables.Write(BackboneTrainer.CrossValidate(data, options, folds, progress, cancellationToken), json);

    public override LearningRateTrial TryLearningRates(
        TrainingOptions options, TerminalProgress progress, CancellationToken cancellationToken) =>
        BackboneTrainer.TryLearningRates(data, options, progress, cancellationToken);
}

/// <summary>A list of images and a number for each.</summary>
internal sealed class NumberList(RegressionDataSet data) : TrainingData
{
    public override IEnumerable<string?> Arguments =>
    [
        data.ListFile, "--regression", .. CommandText.Option("--validation", data.ValidationListFile),
        .. ListOptions.Arguments(data.ListOptions),
    ];

    public override string DefaultResultFolder => $"{data.Name}-model";

    public override Recipe Usual(Tune tune) => Recipe.ForRegression(tune);

    public override RunMetrics Train(TrainingOptions options, bool json, TerminalProgress progress, CancellationToken cancellationToken)
    {
        using RegressionRun run = BackboneTrainer.Train(data, options, progress, cancellationToken);
        return RunFigures.Write(run.Metrics, json, RegressionTables.Write);
    }

    public override void CrossValidate(
        TrainingOptions options, int folds, bool json, TerminalProgress progress, CancellationToken cancellationToken) =>
        RegressionTables.Write(BackboneTrainer.CrossValidate(data, options, folds, progress, cancellationToken), json);

    public override LearningRateTrial TryLearningRates(
        TrainingOptions options, TerminalProgress progress, CancellationToken cancellationToken) =>
        BackboneTrainer.TryLearningRates(data, options, progress, cancellationToken);
}
