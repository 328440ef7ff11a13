using System.Text;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The cells of a row, as it is read line by line: RFC 4180, with any separator.</summary>
internal sealed class DelimitedCells(char separator)
{
    private readonly List<string> cells = [];
    private readonly StringBuilder quoted = new();
    private State state;

    private enum State { Complete, Open, Malformed }

    /// <summary>Whether a quotation mark is still open, so that the row goes on in the next line.</summary>
    public bool IsOpen => state == State.Open;

    /// <summary>Whether text follows a closing quotation mark.</summary>
    public bool IsMalformed => state == State.Malformed;

    public string[] Cells => [.. cells];

    /// <summary>Starts a row.</summary>
    public void Start(string line)
    {
        cells.Clear();
        state = State.Complete;
        Read(line, 0);
    }

    /// <summary>Goes on in a quoted cell.</summary>
    public void GoOn(string line)
    {
        quoted.Append('\n');
        if (ReadQuoted(line, 0) is int next) Read(line, next);
    }

    private void Read(string line, int start)
    {
        while (state == State.Complete)
        {
            if (start < line.Length && line[start] == '"')
            {
                quoted.Clear();
                if (ReadQuoted(line, start + 1) is not int next) return;
                start = next;
                continue;
            }

            int end = line.IndexOf(separator, start);
            cells.Add(end < 0 ? line[start..] : line[start..end]);
            if (end < 0) return;
            start = end + 1;
        }
    }

    /// <returns>Where the next cell starts; null where there is none in this line.</returns>
    private int? ReadQuoted(string line, int start)
    {
        while (true)
        {
            int mark = line.IndexOf('"', start);
            if (mark < 0)
            {
                quoted.Append(line, start, line.Length - start);
                state = State.Open;
                return null;
            }

            quoted.Append(line, start, mark - start);
            if (mark + 1 == line.Length || line[mark + 1] == separator)
            {
                cells.Add(quoted.ToString());
                state = State.Complete;
                return mark + 1 == line.Length ? null : mark + 2;
            }

            if (line[mark + 1] != '"')
            {
                state = State.Malformed;
                return null;
            }

            quoted.Append('"');
            start = mark + 2;
        }
    }
}
