using System.Globalization;
using System.Text;

namespace ResNetMLNet;

/// <summary>
/// Texts out of files, as messages show them: a stranger's name must not steer a terminal, break a line or fill a screen.
/// </summary>
internal static class DisplayText
{
    /// <summary>The characters of a text that are shown where the caller names no limit.</summary>
    public const int DefaultLimit = 80;

    private const string Ellipsis = "...";

    // Letters, marks and symbols without ink: fillers, joiners, a blank of Braille.
    private static readonly HashSet<int> Blank = [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164,
        0xFFA0];

    /// <summary>
    /// The text with control, bidirectional and other invisible characters as escapes (<c>\u001b</c>), and its middle left out beyond a
    /// length.
    /// </summary>
    /// <param name="text">Any text.</param>
    /// <param name="limit">How many characters of it are shown at most.</param>
    public static string Of(string text, int limit = DefaultLimit)
    {
        if (text.Length <= limit) return Escape(text);
        int head = (limit - Ellipsis.Length) * 2 / 3, tail = limit - Ellipsis.Length - head;
        return $"{Escape(text.AsSpan(0, head))}{Ellipsis}{Escape(text.AsSpan(text.Length - tail))}";
    }

    /// <summary>Names in quotation marks, the first few of them.</summary>
    public static string List(IEnumerable<string> names, int count = 10)
    {
        string[] first = [.. names.Take(count + 1)];
        return string.Join(", ", first.Take(count).Select(name => $"'{Of(name)}'")) + (first.Length > count ? " and others" : "");
    }

    private static string Escape(ReadOnlySpan<char> text)
    {
        var shown = new StringBuilder(text.Length);
        while (!text.IsEmpty)
        {
            bool whole = Rune.DecodeFromUtf16(text, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            if (whole && IsVisible(rune)) shown.Append(text[..length]);
            else foreach (char unit in text[..length]) shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
            text = text[length..];
        }
        return shown.ToString();
    }

    /// <summary>Whether a character is seen for what it is, and does nothing else.</summary>
    public static bool IsVisible(Rune rune) => !Blank.Contains(rune.Value) && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.OtherNotAssigned);
}
