using System.Globalization;
using System.Text;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Unicode's canonical decomposition (NFD), which .NET leaves out in programs of invariant globalization, this command among them: macOS
/// hands out names decomposed, Linux and Windows as they were typed. Marks keep their order; no file system's names come in another.
/// </summary>
internal static class CanonicalForm
{
    // The Unicode Standard, section 3.12: syllables are put together from leading consonant, vowel and trailing consonant.
    private const int FirstSyllable = 0xAC00, Syllables = 11172, Leading = 0x1100, Vowel = 0x1161, Trailing = 0x11A7, Vowels =
        21, Trailings = 28;

    // "00E9 0065 0301": from UnicodeData.txt 14.0, without CJK's compatibility ideographs.
    private static readonly Lazy<Dictionary<char, string>> table = new(() =>
    {
        using var text = new StreamReader(typeof(CanonicalForm).Assembly.GetManifestResourceStream("CanonicalDecompositions.txt")!);
        return text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToDictionary(
            points => Character(points[0]), points => string.Concat(points.Skip(1).Select(Character)));
    });

    public static string Decompose(string text)
    {
        if (Ascii.IsValid(text)) return text;
        var result = new StringBuilder();
        foreach (char c in text) Append(c, result);
        return result.ToString();
    }

    private static void Append(char c, StringBuilder result)
    {
        if (c - FirstSyllable is >= 0 and < Syllables and int syllable)
        {
            result.Append((char)(Leading + syllable / (Vowels * Trailings)))
                .Append((char)(Vowel + syllable % (Vowels * Trailings) / Trailings));
            if (syllable % Trailings is > 0 and int trailing) result.Append((char)(Trailing + trailing));
        }
        else if (table.Value.TryGetValue(c, out string? parts))
        {
            foreach (char part in parts) Append(part, result);
        }
        else
        {
            result.Append(c);
        }
    }

    private static char Character(string hexadecimal) => (char)int.Parse(hexadecimal, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
