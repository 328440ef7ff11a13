using CsvHelper;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>What a classifier made of an image whose class is known: a line of <c>predictions.csv</c>.</summary>
/// <param name="Path">The file, as the folder was named on the command line.</param>
/// <param name="Label">Its class.</param>
/// <param name="Predicted">The most probable class.</param>
/// <param name="Probability">Of the predicted class.</param>
/// <param name="LabelProbability">Of its own class.</param>
/// <param name="Sha256">
/// Of the file's bytes, by which results on the same images are known; empty where it could not be read again, and in results of earlier
/// versions.
/// </param>
internal sealed record PredictedImage(
    string Path, string Label, string Predicted, double Probability, double LabelProbability, string Sha256 = "")
{
    public bool Right => Label == Predicted;

    /// <summary>The end of the path that tells images apart on a page: class folder and file.</summary>
    public string ShortPath =>
        System.IO.Path.Combine(System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(Path)) ?? "", System.IO.Path.GetFileName(Path));

    /// <summary>By a classifier, from features at hand. The files are read once more.</summary>
    public static IReadOnlyList<PredictedImage> Of(ImageClassifier classifier, IReadOnlyList<LabeledFeatures> images)
    {
        return
        [
            .. classifier.Predict(images.Select(image => new ImageFeatures(image.ImagePath, image.Features, null))).Zip(images, Hashes(images))
                .Select(row => new PredictedImage(
                row.Second.ImagePath, row.Second.Label, row.First.Ranking[0].Label, row.First.Ranking[0].Probability,
                row.First.Ranking.First(c => c.Label == row.Second.Label).Probability, row.Third)),
        ];
    }

    /// <summary>From probabilities at hand. The files are read once more.</summary>
    /// <param name="classes">The classes' names.</param>
    /// <param name="images">[N].</param>
    /// <param name="probabilities">[N][classes].</param>
    public static IReadOnlyList<PredictedImage> Of(
        IReadOnlyList<string> classes, IReadOnlyList<LabeledFeatures> images, IReadOnlyList<float[]> probabilities)
    {
        Dictionary<string, int> places = classes.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        return
        [
            .. images.Zip(probabilities, Hashes(images)).Select(row =>
            {
                int best = Array.IndexOf(row.Second, row.Second.Max());
                return new PredictedImage(row.First.ImagePath, row.First.Label, classes[best], row.Second[best],
                    row.Second[places[row.First.Label]], row.Third);
            }),
        ];
    }

    private static string[] Hashes(IReadOnlyList<LabeledFeatures> images) =>
        [.. images.AsParallel().AsOrdered().Select(image => FileCopies.TryHash(image.ImagePath) ?? "")];

    public static void Write(string path, IReadOnlyList<PredictedImage> images)
    {
        using var csv = new CsvWriter(new StreamWriter(path), CsvFormat.Own);
        foreach (string heading in new[] { "path", "label", "predicted", "probability", "labelProbability", "sha256" })
            csv.WriteField(heading);
        csv.NextRecord();
        foreach (PredictedImage image in images)
        {
            csv.WriteField(SpreadsheetText.Neutralize(image.Path));
            csv.WriteField(SpreadsheetText.Neutralize(image.Label));
            csv.WriteField(SpreadsheetText.Neutralize(image.Predicted));
            csv.WriteField(image.Probability);
            csv.WriteField(image.LabelProbability);
            csv.WriteField(image.Sha256);
            csv.NextRecord();
        }
    }

    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static IReadOnlyList<PredictedImage> Read(string path)
    {
        try
        {
            using var csv = new CsvReader(new StreamReader(path), CsvFormat.Own);
            var images = new List<PredictedImage>();
            csv.Read();
            csv.ReadHeader();
            while (csv.Read())
            {
                images.Add(new PredictedImage(
                    Text("path"), Text("label"), Text("predicted"), csv.GetField<double>("probability"), csv.GetField<double>(
                        "labelProbability"),
                    csv.TryGetField("sha256", out string? hash) ? hash! : ""));
            }

            return images;

            string Text(string column) => SpreadsheetText.Restore(csv.GetField(column)!);
        }
        catch (CsvHelperException e)
        {
            throw new InvalidDataException(
                $"'{path}' is damaged: {e.Message.Split('\n')[0].TrimEnd('\r', '.')}. Train again to write it anew.", e);
        }
    }
}
