using CsvHelper;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>What a regression made of an image whose value is known: a line of <c>predictions.csv</c>.</summary>
/// <param name="Path">The file.</param>
/// <param name="Value">Its value.</param>
/// <param name="Predicted">What it was given.</param>
/// <param name="Sha256">Of the file's bytes; empty where it could not be read again.</param>
internal sealed record PredictedNumber(string Path, double Value, double Predicted, string Sha256)
{
    /// <summary>Predicted less true value.</summary>
    public double Error => Predicted - Value;

    /// <summary>The end of the path that tells images apart on a page: folder and file.</summary>
    public string ShortPath =>
        System.IO.Path.Combine(System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(Path)) ?? "", System.IO.Path.GetFileName(Path));

    /// <summary>From what was predicted. The files are read once more.</summary>
    public static IReadOnlyList<PredictedNumber> Of(IReadOnlyList<LabeledFeatures> images, IReadOnlyList<double> predicted)
    {
        string[] hashes = [.. images.AsParallel().AsOrdered().Select(image => FileCopies.TryHash(image.ImagePath) ?? "")];
        return [.. images.Zip(predicted, hashes).Select(row =>
            new PredictedNumber(row.First.ImagePath, NumberLabel.Parse(row.First.Label), row.Second, row.Third))];
    }

    public static void Write(string path, IReadOnlyList<PredictedNumber> images)
    {
        using var csv = new CsvWriter(new StreamWriter(path), CsvFormat.Own);
        foreach (string heading in new[] { "path", "value", "predicted", "error", "sha256" }) csv.WriteField(heading);
        csv.NextRecord();
        foreach (PredictedNumber image in images)
        {
            csv.WriteField(SpreadsheetText.Neutralize(image.Path));
            csv.WriteField(image.Value);
            csv.WriteField(image.Predicted);
            csv.WriteField(image.Error);
            csv.WriteField(image.Sha256);
            csv.NextRecord();
        }
    }
}
