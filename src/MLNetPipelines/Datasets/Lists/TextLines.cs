using System.Text;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The lines of a text file, one at a time and never longer than a limit. UTF-8, or UTF-16 with a byte order mark.</summary>
internal sealed class TextLines(string path) : IDisposable
{
    /// <summary>Characters of a line; no list has longer ones.</summary>
    public const int Longest = 1_000_000;

    private readonly StreamReader reader = new(path, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, bufferSize: 1 << 16);
    private readonly char[] buffer = new char[1 << 15];
    private readonly LinkedList<TextLine> returned = new();
    private int next;
    private int end;
    private long number;
    private bool afterReturn;

    /// <summary>The next line; null at the end.</summary>
    public TextLine? Next()
    {
        if (returned.First is { } first)
        {
            returned.RemoveFirst();
            return first.Value;
        }

        StringBuilder? start = null;
        bool tooLong = false;
        while (next < end || Fill())
        {
            if (afterReturn && buffer[next] == '\n') next++;
            afterReturn = false;
            int length = buffer.AsSpan(next, end - next).IndexOfAny('\n', '\r');
            ReadOnlySpan<char> part = buffer.AsSpan(next, length < 0 ? end - next : length);
            if ((start?.Length ?? 0) + part.Length > Longest) tooLong = true;
            if (length >= 0)
            {
                afterReturn = buffer[next + length] == '\r';
                string text = tooLong ? "" : start is null ? part.ToString() : start.Append(part).ToString();
                next += length + 1;
                return new TextLine(++number, text, tooLong);
            }

            start ??= new StringBuilder();
            if (!tooLong) start.Append(part);
            next = end;
        }

        return start is null or { Length: 0 } && !tooLong ? null : new TextLine(++number, tooLong ? "" : start!.ToString(), tooLong);
    }

    /// <summary>Gives lines back, to be read once more.</summary>
    public void Return(IReadOnlyList<TextLine> lines)
    {
        for (int i = lines.Count - 1; i >= 0; i--) returned.AddFirst(lines[i]);
    }

    public void Dispose() => reader.Dispose();

    private bool Fill()
    {
        next = 0;
        end = reader.Read(buffer, 0, buffer.Length);
        return end > 0;
    }
}

/// <summary>A line of a text file.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Text">Without its end; empty where it is too long.</param>
/// <param name="TooLong">Whether it is longer than <see cref="TextLines.Longest"/>.</param>
internal readonly record struct TextLine(long Number, string Text, bool TooLong)
{
    /// <summary>What is wrong with a line that is too long, as the end of a sentence.</summary>
    public const string LengthProblem = "is longer than a million characters. Remove it, or its other columns";
}
