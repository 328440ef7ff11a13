using System.Diagnostics;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>A model that gives any number of labels, measured on images whose labels are known.</summary>
public sealed class MultiLabelEvaluation
{
    private readonly IReadOnlyList<LabeledFeatures> images;
    private readonly IReadOnlyList<float[]> probabilities;
    private readonly ImageDataSet data;

    private MultiLabelEvaluation(ImageDataSet data, IReadOnlyList<LabeledFeatures> images, IReadOnlyList<float[]> probabilities, MultiLabelReport report, MultiLabelRunMetrics metrics)
    {
        (this.data, this.images, this.probabilities) = (data, images, probabilities);
        Report = report;
        Metrics = metrics;
    }

    /// <summary>How good it is.</summary>
    public MultiLabelReport Report { get; }

    /// <summary>The report's figures, what was skipped, and problems of the data.</summary>
    public MultiLabelRunMetrics Metrics { get; }

    /// <summary>Measures a model.</summary>
    /// <param name="classifier">One that gives any number of labels.</param>
    /// <param name="data">The images to train on of this data set are those to measure on, or where a list has splits those of test, else of val; labels that the model does not know are passed over, and named as a problem.</param>
    /// <param name="strict">Whether an image that cannot be read is an error; otherwise it is left out and reported.</param>
    /// <param name="progress">Hears of the work.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="TrainingException">No image can be read, or with <paramref name="strict"/> one cannot.</exception>
    /// <exception cref="InvalidDataException">The classifier gives an image one class.</exception>
    public static MultiLabelEvaluation Of(
        ImageClassifier classifier, MultiLabelDataSet data, bool strict = false, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(data);
        var clock = Stopwatch.StartNew();
        TrainingImages listed = data.Images.ListToMeasure(allowMissingClasses: true);
        listed.SayExcluded(progress);
        listed.SayLeftOut(strict, progress);
        var featurized = FeaturizedImages.Of(classifier.Featurizer, listed.Train, strict, allowMissingClasses: true, progress, cancellationToken);
        float[][] features = [.. featurized.Images.Select(image => image.Features)];
        string[][] labels = MultiLabelTask.Sets(featurized.Images);
        var report = MultiLabelReport.Of(classifier, features, labels);
        SkippedImage[] skipped = [.. listed.LeftOut, .. featurized.Skipped];
        MultiLabelRunMetrics metrics = MultiLabelRunMetrics.Of(report, classifier.Featurizer, skipped, trainImages: 0, clock.Elapsed) with
        {
            Problems =
            [
                .. ResultProblems.Find(report, labels.SelectMany(each => each)),
                .. DataProblems.FindWithLabels([], featurized.Images, skipped, pretrained: true, cancellationToken),
            ],
        };
        Dictionary<string, int> places = classifier.Classes.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        float[][] probabilities = [.. classifier.Predict(featurized.Images.Select(image => new ImageFeatures(image.ImagePath, image.Features, null)))
            .Select(prediction => prediction.Ranking.OrderBy(one => places[one.Label]).Select(one => (float)one.Probability).ToArray())];
        return new MultiLabelEvaluation(data.Images, featurized.Images, probabilities, report, metrics);
    }

    /// <summary>Writes a report as one HTML file: figures, those of each label, the images with the most wrong labels.</summary>
    /// <param name="path">The file, which is replaced.</param>
    /// <param name="model">The model's file or folder, as the report is to name it.</param>
    /// <param name="command">What a person types to do the same again; null leaves that out.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public void SaveReport(string path, string model, string? command = null, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var run = new RunDescription
        {
            Title = data.Name,
            Model = Path.TrimEndingDirectorySeparator(model),
            Command = command,
            Configuration = [("model", model), ("measured on", data.TrainedOn)],
        };
        WholeFile.WriteText(path, MultiLabelRunReport.Of(run, Metrics, images, probabilities, cancellationToken).Page());
    }
}
