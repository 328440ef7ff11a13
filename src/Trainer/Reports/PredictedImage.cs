using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer.Reports;

/// <summary>What a classifier made of an image whose class is known: a line of <c>predictions.csv</c>.</summary>
/// <param name="Path">The file, as the folder was named on the command line.</param>
/// <param name="Label">Its class.</param>
/// <param name="Predicted">The most probable class.</param>
/// <param name="Probability">Of the predicted class.</param>
/// <param name="LabelProbability">Of its own class.</param>
internal sealed record PredictedImage(string Path, string Label, string Predicted, double Probability, double LabelProbability)
{
    private static readonly CsvConfiguration Format = new(CultureInfo.InvariantCulture) { NewLine = "\n", PrepareHeaderForMatch = header => header.Header.ToLowerInvariant() };

    public bool Right => Label == Predicted;

    /// <summary>The end of the path that tells images apart on a page: class folder and file.</summary>
    public string ShortPath => System.IO.Path.Combine(System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(Path)) ?? "", System.IO.Path.GetFileName(Path));

    /// <summary>By a classifier, from features at hand.</summary>
    public static IReadOnlyList<PredictedImage> Of(ImageClassifier classifier, IReadOnlyList<LabeledFeatures> images) =>
    [
        .. classifier.Predict(images.Select(image => new ImageFeatures(image.ImagePath, image.Features, null))).Zip(images, (prediction, image) => new PredictedImage(
            image.ImagePath, image.Label, prediction.Ranking[0].Label, prediction.Ranking[0].Probability,
            prediction.Ranking.First(c => c.Label == image.Label).Probability)),
    ];

    public static void Write(string path, IReadOnlyList<PredictedImage> images)
    {
        using var csv = new CsvWriter(new StreamWriter(path), Format);
        foreach (string heading in new[] { "path", "label", "predicted", "probability", "labelProbability" }) csv.WriteField(heading);
        csv.NextRecord();
        foreach (PredictedImage image in images)
        {
            csv.WriteField(image.Path);
            csv.WriteField(image.Label);
            csv.WriteField(image.Predicted);
            csv.WriteField(image.Probability);
            csv.WriteField(image.LabelProbability);
            csv.NextRecord();
        }
    }

    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static IReadOnlyList<PredictedImage> Read(string path)
    {
        try
        {
            using var csv = new CsvReader(new StreamReader(path), Format);
            return [.. csv.GetRecords<PredictedImage>()];
        }
        catch (CsvHelperException e)
        {
            throw new InvalidDataException($"'{path}' is damaged: {e.Message.Split('\n')[0].TrimEnd('\r', '.')}. Train again to write it anew.", e);
        }
    }
}
