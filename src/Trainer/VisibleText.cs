using System.Globalization;
using System.Text;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Text for a terminal, whoever wrote it: names of files, classes, tensors and layers, messages of other programs. What would move the cursor,
/// change the order of letters or not be seen is shown as an escape, and what is very long is shortened in the middle.
/// </summary>
internal static class VisibleText
{
    /// <summary>Longest line and longest cell of a table, in UTF-16 units before escapes.</summary>
    public const int LongestLine = 4000, LongestCell = 160;

    // Letters, marks and symbols that have no ink.
    private static readonly HashSet<int> Blank = [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0];

    /// <summary>Escapes and shortens.</summary>
    public static string Of(string text, int longest = LongestLine)
    {
        string shortened = Shorten(text, longest);
        if (shortened.EnumerateRunes().All(IsVisible)) return shortened;
        var visible = new StringBuilder(shortened.Length);
        foreach (Rune rune in shortened.EnumerateRunes()) visible.Append(IsVisible(rune) ? rune.ToString() : Escape(rune));
        return visible.ToString();
    }

    /// <summary>JSON whose strings have \u escapes in place of what a terminal would obey: the same values to whoever reads it.</summary>
    public static string OfJson(string json)
    {
        var visible = new StringBuilder(json.Length);
        foreach (Rune rune in json.EnumerateRunes())
        {
            if (IsVisible(rune) || rune.Value is '\n' or '\r') visible.Append(rune.ToString());
            else foreach (char unit in rune.ToString()) visible.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
        }
        return visible.ToString();
    }

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,
        _ => !Blank.Contains(rune.Value),
    };

    private static string Escape(Rune rune) => rune.Value switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        <= 0xFFFF => string.Create(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
    };

    private static string Shorten(string text, int longest)
    {
        if (text.Length <= longest) return text;
        int head = longest * 2 / 3, tail = text.Length - longest / 4;
        if (char.IsLowSurrogate(text[head])) head--;
        if (char.IsLowSurrogate(text[tail])) tail++;
        return string.Create(CultureInfo.InvariantCulture, $"{text[..head]}... ({tail - head} more characters) ...{text[tail..]}");
    }
}
