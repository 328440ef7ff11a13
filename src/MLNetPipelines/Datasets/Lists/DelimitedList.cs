using System.Globalization;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>A list with a heading and a row for each image, separated by commas, semicolons or tabs.</summary>
internal sealed class DelimitedList : IImageListFormat
{
    // A cell may hold a caption of some lines. A quotation mark that is open for longer is a mistake, and must not swallow the list.
    private const int MostLines = 50;

    private readonly string path;
    private readonly char separator;
    private readonly ListedPaths paths;
    private readonly int images, labels, splits;

    /// <exception cref="InvalidDataException">It has no such columns, or is not text.</exception>
    public DelimitedList(string path, ImageListOptions options)
    {
        this.path = path;
        using var lines = new TextLines(path);
        string heading = lines.Next()?.Text ?? "";
        if (heading.Contains('\0'))
            throw new InvalidDataException($"'{path}' is not UTF-8 text. Save the list as UTF-8.");
        separator = path.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t'
            : heading.Contains(',') ? ','
            : heading.Contains(';') ? ';'
            : heading.Contains('\t') ? '\t'
            : ',';
        var cells = new DelimitedCells(separator);
        cells.Start(heading);
        if (cells.IsOpen || cells.IsMalformed) throw new InvalidDataException($"'{path}', line 1 {NotClosed}.");
        Columns = heading.Length == 0 ? [] : [.. cells.Cells.Select(cell => cell.Trim())];
        images = ListColumns.Images(Columns, options.PathColumn, path);
        labels = ListColumns.Find(Columns, options.LabelColumn, ListColumns.Labels, path);
        splits = ListColumns.Find(Columns, options.SplitColumn, ListColumns.Splits, path);
        paths = new ListedPaths(path, options.Root);
    }

    private const string NotClosed =
        "has a quotation mark that is not closed, or text behind a closing one. Write a quotation mark inside a cell twice";

    public IReadOnlyList<string> Columns { get; }

    public bool HasLabels => labels >= 0;

    public bool HoldsImages => false;

    public IEnumerable<ImageListRow> Rows(bool contents)
    {
        using var lines = new TextLines(path);
        lines.Next();
        var cells = new DelimitedCells(separator);
        var taken = new List<TextLine>();
        while (lines.Next() is TextLine line)
        {
            if (line.TooLong)
            {
                yield return Bad(line, TextLine.LengthProblem);
                continue;
            }

            if (string.IsNullOrWhiteSpace(line.Text)) continue;
            cells.Start(line.Text);
            taken.Clear();
            while (cells.IsOpen && taken.Count < MostLines && lines.Next() is TextLine next)
            {
                taken.Add(next);
                cells.GoOn(next.Text);
            }

            string[] row = cells.Cells;
            if (cells.IsOpen || cells.IsMalformed || (taken.Count > 0 && row.Length != Columns.Count))
            {
                lines.Return(taken);
                yield return Bad(line, NotClosed);
            }
            else if (row.Length != Columns.Count)
            {
                yield return Bad(line, string.Create(CultureInfo.InvariantCulture,
                    $"has {row.Length} cells, and the first line has {Columns.Count}. ")
                    + "Put a cell with the separator in it into quotation marks");
            }
            else
            {
                yield return paths.Row(
                    PlaceOf(line), Cell(images), labels < 0 ? null : Cell(labels), splits >= 0, splits < 0 ? null : Cell(splits));
            }

            string Cell(int column) => SpreadsheetText.Restore(row[column]);
        }
    }

    private ImageListRow Bad(TextLine line, string problem) => new() { Place = PlaceOf(line), Problem = problem };

    private string PlaceOf(TextLine line) => string.Create(CultureInfo.InvariantCulture, $"{path}, line {line.Number}");
}
