using System.Globalization;
using CsvHelper.Configuration;

namespace ResNetMLNet.Trainer;

/// <summary>How CSV files are written, and those of our own read.</summary>
internal static class CsvFormat
{
    public static CsvConfiguration Own { get; } = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
}
