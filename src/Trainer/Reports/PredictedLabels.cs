using CsvHelper;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>What a model made of an image whose labels are known: a line of <c>predictions.csv</c>.</summary>
/// <param name="Path">The file.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Predicted">Those that it was given.</param>
/// <param name="Probabilities">Of each label that the model knows.</param>
/// <param name="Sha256">Of the file's bytes; empty where it could not be read again.</param>
internal sealed record PredictedLabels(string Path, string[] Labels, string[] Predicted, float[] Probabilities, string Sha256)
{
    /// <summary>Labels that it has and was not given, and the other way round.</summary>
    public int Wrong => Labels.Except(Predicted).Count() + Predicted.Except(Labels).Count();

    /// <summary>The end of the path that tells images apart on a page: folder and file.</summary>
    public string ShortPath =>
        System.IO.Path.Combine(System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(Path)) ?? "", System.IO.Path.GetFileName(Path));

    /// <summary>From what was predicted. The files are read once more.</summary>
    /// <param name="figures">The labels and their thresholds.</param>
    /// <param name="images">What was measured on.</param>
    /// <param name="probabilities">[N][labels].</param>
    public static IReadOnlyList<PredictedLabels> Of(
        IReadOnlyList<LabelFigures> figures, IReadOnlyList<LabeledFeatures> images, IReadOnlyList<float[]> probabilities)
    {
        string[] hashes = [.. images.AsParallel().AsOrdered().Select(image => FileCopies.TryHash(image.ImagePath) ?? "")];
        return [.. images.Zip(probabilities, hashes).Select(row => new PredictedLabels(
            row.First.ImagePath, LabelSet.Parse(row.First.Label),
            [.. figures.Zip(row.Second).Where(label => label.Second >= label.First.Threshold).Select(label => label.First.Label)], row.Second, row.Third))];
    }

    /// <summary>Writes a column for the probability of each label behind the others.</summary>
    public static void Write(string path, IReadOnlyList<LabelFigures> figures, IReadOnlyList<PredictedLabels> images)
    {
        using var csv = new CsvWriter(new StreamWriter(path), CsvFormat.Own);
        foreach (string heading in new[] { "path", "labels", "predicted", "sha256" }) csv.WriteField(heading);
        foreach (LabelFigures label in figures) csv.WriteField(SpreadsheetText.Neutralize($"probability of {label.Label}"));
        csv.NextRecord();
        foreach (PredictedLabels image in images)
        {
            csv.WriteField(SpreadsheetText.Neutralize(image.Path));
            csv.WriteField(SpreadsheetText.Neutralize(LabelSet.ToCell(image.Labels)));
            csv.WriteField(SpreadsheetText.Neutralize(LabelSet.ToCell(image.Predicted)));
            csv.WriteField(image.Sha256);
            foreach (float probability in image.Probabilities) csv.WriteField(probability);
            csv.NextRecord();
        }
    }
}
