namespace ResNetMLNet;

/// <summary>
/// Text of a CSV cell that no spreadsheet takes for a formula: names of files and classes are a stranger's, and a cell that starts with =,
/// +, -, @, a tab or a carriage return is run when the file is opened (OWASP: CSV injection). An apostrophe before it makes it text.
/// </summary>
internal static class SpreadsheetText
{
    private const char Mark = '\'';

    public static string Neutralize(string text) => IsMarkable(text) ? Mark + text : text;

    /// <summary>The text that was neutralized.</summary>
    public static string Restore(string cell) => cell.Length > 1 && cell[0] == Mark && IsMarkable(cell[1..]) ? cell[1..] : cell;

    // What starts with the mark itself gets another, so that every text comes back as it was.
    private static bool IsMarkable(string text) => text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or Mark;
}
