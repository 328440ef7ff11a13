using System.Globalization;

namespace ResNetMLNet.Trainer;

/// <summary>Numbers as labels: text that gives the very number again.</summary>
internal static class NumberLabel
{
    public static string Of(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>The number; null where the text is not one, or not a finite one.</summary>
    public static double? TryParse(string? label) =>
        double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;

    public static double Parse(string label) => double.Parse(label, NumberStyles.Float, CultureInfo.InvariantCulture);
}
