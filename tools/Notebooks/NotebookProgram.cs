namespace ResNetMLNet.Notebooks;

/// <summary>
/// A notebook as a C# program, which is what is written by hand: the percent format of Jupytext and many editors
/// (https://jupytext.readthedocs.io/en/latest/formats-scripts.html#the-percent-format), in a file that <c>dotnet run FILE.cs</c> runs.
/// </summary>
internal static class NotebookProgram
{
    private const string Marker = "// %%", Markdown = "// %% [markdown]", Comment = "//";

    /// <summary>The cells after the program's directives.</summary>
    /// <param name="lines">The program.</param>
    /// <param name="name">Names it in messages.</param>
    /// <exception cref="InvalidDataException">A line is in no cell, or a cell of text has a line that is not a comment.</exception>
    public static IReadOnlyList<NotebookCell> Cells(IEnumerable<string> lines, string name)
    {
        List<NotebookCell> cells = [];
        List<string>? current = null;
        bool code = false;
        foreach ((int index, string line) in lines.Index())
        {
            if (line.StartsWith(Marker, StringComparison.Ordinal))
            {
                if (line.TrimEnd() is not (Marker or Markdown))
                    throw Wrong($"a cell begins with '{Marker}' or '{Markdown}', not with '{line}'");
                Close();
                (current, code) = ([], line.TrimEnd() == Marker);
            }
            else if (current is null)
            {
                if (line.Length > 0 && !line.StartsWith("#:", StringComparison.Ordinal) && !line.StartsWith("#!", StringComparison.Ordinal))
                    throw Wrong("it stands before the first cell, where only '#:' directives may");
            }
            else if (code)
            {
                current.Add(line);
            }
            else if (line.Length == 0 || line.StartsWith(Comment, StringComparison.Ordinal))
            {
                current.Add(line.Length <= Comment.Length ? "" : line[Comment.Length] == ' ' ? line[(Comment.Length + 1)..] : line[Comment.Length..]);
            }
            else
            {
                throw Wrong("a cell of text has comments only");
            }

            InvalidDataException Wrong(string why) => new($"{name}, line {index + 1}: {why}.");
        }
        Close();
        return cells;

        void Close()
        {
            string text = string.Join('\n', current ?? []).Trim('\n');
            if (text.Length > 0) cells.Add(new NotebookCell(code, text));
        }
    }
}
