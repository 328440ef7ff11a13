using Spectre.Console;

namespace ResNetMLNet.Cli;

/// <summary>A table for people. Cells are shown as they are, never read as markup.</summary>
internal sealed class TextTable
{
    private readonly Table table = new();

    /// <param name="rounded">Whether it has a frame.</param>
    /// <param name="title">A line above it, which this program wrote.</param>
    public TextTable(bool rounded, string? title = null)
    {
        table.Border(rounded ? TableBorder.Rounded : TableBorder.Minimal);
        if (title is not null) table.Title(Markup.Escape(title));
    }

    /// <summary>Adds columns of text.</summary>
    public TextTable Left(params IEnumerable<string> headings) => Add(headings, Justify.Left);

    /// <summary>Adds columns of numbers.</summary>
    public TextTable Right(params IEnumerable<string> headings) => Add(headings, Justify.Right);

    public void Row(params IEnumerable<TextCell> cells) =>
        table.AddRow(cells.Select(cell => new Text(Terminal.VisibleCell(cell.Text), cell.Style)));

    public void WriteTo(IAnsiConsole console) => console.Write(table);

    private TextTable Add(IEnumerable<string> headings, Justify side)
    {
        foreach (string heading in headings)
            table.AddColumn(new TableColumn(new Text(Terminal.VisibleCell(heading))) { Alignment = side });
        return this;
    }
}

/// <summary>A text in a table, in a colour or not.</summary>
internal readonly record struct TextCell(string Text, Style? Style = null)
{
    public static implicit operator TextCell(string text) => new(text);
}
