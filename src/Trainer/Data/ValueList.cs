using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>Images that a CSV file lists, with a number for each: a heading, then a row an image. Paths are relative to the file's folder.</summary>
internal static class ValueList
{
    // Spreadsheets of half the world separate by semicolons.
    private static readonly CsvConfiguration Format = new(CultureInfo.InvariantCulture) { DetectDelimiter = true, BadDataFound = null };

    /// <summary>Reads it.</summary>
    /// <exception cref="TrainingException">The file cannot be read or is not such a list; the message says where.</exception>
    public static List<LabeledImage> Read(string list, ValueColumns columns)
    {
        if (Directory.Exists(list))
            throw new TrainingException($"'{list}' is a folder. Numbers to learn come from a CSV file that lists images and a number for each.");
        if (!File.Exists(list)) throw new TrainingException($"The list '{list}' does not exist.");
        try
        {
            using var csv = new CsvReader(new StreamReader(list), Format);
            var images = new List<LabeledImage>();
            if (csv.Read()) csv.ReadHeader();
            Require(list, csv.HeaderRecord ?? [], nameof(RegressionDataSet.ImageColumn), columns.Image);
            Require(list, csv.HeaderRecord ?? [], nameof(RegressionDataSet.ValueColumn), columns.Value);
            while (csv.Read())
            {
                string path = csv.GetField(columns.Image) ?? "", value = csv.GetField(columns.Value) ?? "";
                string place = $"'{list}', line {csv.Parser.RawRow}";
                if (path.Length == 0) throw new TrainingException($"{place}: the image is missing (column '{columns.Image}').");
                if (NumberLabel.TryParse(value) is not double number)
                    throw new TrainingException($"{place}: '{value}' is not a finite number such as 1234.5 (column '{columns.Value}').");
                images.Add(new LabeledImage { ImagePath = Path.Combine(Path.GetDirectoryName(list) ?? "", path), Label = NumberLabel.Of(number) });
            }
            return images.Count > 0 ? images : throw new TrainingException($"'{list}' lists no images.");
        }
        catch (CsvHelperException e)
        {
            throw new TrainingException($"'{list}' is not a list of images: {e.Message.Split('\n')[0].TrimEnd('\r', '.')}.");
        }
    }

    private static void Require(string list, string[] headings, string setting, string column)
    {
        if (headings.Contains(column)) return;
        string there = headings.Length == 0 ? "It is empty." : $"Its columns are {string.Join(", ", headings)}.";
        throw new TrainingException($"'{list}' has no column '{column}'. {there} {new Setting(setting)} names another.");
    }
}

/// <summary>The headings of what is read of a list.</summary>
/// <param name="Image">Of the paths.</param>
/// <param name="Value">Of the numbers, which are written as in C#: 1234.5 or 1e-3.</param>
internal sealed record ValueColumns(string Image, string Value);
