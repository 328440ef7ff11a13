using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Images in memory as files, since everything else knows an image by its file: one each, named by its row, in a folder that is gone when
/// this is disposed of. Images that are in files already stay where they are.
/// </summary>
internal sealed class SpooledImages : IDisposable
{
    private ScratchFolder? folder;

    /// <summary>Takes images by their content.</summary>
    /// <param name="images">In order.</param>
    /// <param name="part">What they are for: a folder of that name.</param>
    /// <param name="task">What their labels are for.</param>
    public IReadOnlyList<LabeledImage> Add(
        IEnumerable<(ReadOnlyMemory<byte> Content, string Label)> images, string part, LearningTask task) =>
        [.. images.Select((image, row) => task.ProblemOf(image.Label) is string problem
            ? throw new ArgumentException($"Image {row} {problem}", part)
            : new LabeledImage { ImagePath = Write(image.Content.Span, part, row), Label = image.Label })];

    /// <summary>Takes an image that a list holds.</summary>
    /// <param name="image">The row.</param>
    /// <param name="part">What it is for: a folder of that name.</param>
    /// <param name="row">Which row of the list it is, from 1.</param>
    public string Write(ImageListRow image, string part, int row) => Write(image.Content.Span, part, row, SafeName(image.Name));

    /// <summary>Takes images of ML.NET's data.</summary>
    /// <param name="images">In order.</param>
    /// <param name="imageColumnName">The column of images.</param>
    /// <param name="labelColumnName">The column of labels.</param>
    /// <param name="part">What they are for: a folder of that name.</param>
    /// <param name="task">What their labels are for.</param>
    public IReadOnlyList<LabeledImage> Add(
        IDataView images, string imageColumnName, string labelColumnName, string part, LearningTask task)
    {
        DataViewSchema.Column imageColumn = ImageColumn.Of(images.Schema, imageColumnName), labelColumn = LabelColumn.Of(
            images.Schema, labelColumnName);
        using DataViewRowCursor cursor = images.GetRowCursor([imageColumn, labelColumn]);
        using var image = new ImageColumn(cursor, imageColumn);
        Func<string?> label = task == LearningTask.MultiLabel ? SetsOf(cursor, labelColumn) : new LabelColumn(cursor, labelColumn).Read;
        var listed = new List<LabeledImage>();
        while (cursor.MoveNext())
        {
            string? read = label();
            if (task.ProblemOf(read, labelColumnName) is string problem)
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"The image in row {cursor.Position} {problem}"));
            string path = image.HoldsPaths ? image.ReadPath() : Write(image.ReadContent(), part, listed.Count);
            listed.Add(new LabeledImage { ImagePath = path, Label = read! });
        }
        return listed;
    }

    /// <summary>What an image is known by, wherever the folder lies; null for one that is in a file of its own.</summary>
    public string? NameOf(string path) => folder is not null && path.StartsWith(folder.Location, StringComparison.Ordinal)
        ? Path.GetRelativePath(folder.Location, path)
        : null;

    public void Dispose()
    {
        folder?.Dispose();
        folder = null;
    }

    private static Func<string?> SetsOf(DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType { ItemType: TextDataViewType })
        {
            throw new ArgumentOutOfRangeException(paramName: null,
                $"Schema mismatch for label column '{column.Name}': expected Vector<String>, got {column.Type}.");
        }
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter = cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
        return () =>
        {
            VBuffer<ReadOnlyMemory<char>> labels = default;
            getter(ref labels);
            return LabelSet.Of(labels.DenseValues().Select(label => label.ToString()));
        };
    }

    /// <summary>The end of a name that a stranger gave, with nothing in it that leads anywhere.</summary>
    private static string SafeName(string? name)
    {
        const int Longest = 60;
        string safe = string.Concat((name ?? "").Split('/', '\\')[^1]
            .Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-' ? letter : '_'));
        return safe.Length == 0 ? "" : $"-{safe[Math.Max(0, safe.Length - Longest)..]}";
    }

    private string Write(ReadOnlySpan<byte> content, string part, int row, string name = "")
    {
        folder ??= new ScratchFolder();
        Directory.CreateDirectory(folder[part]);
        string path = Path.Combine(folder[part], string.Create(CultureInfo.InvariantCulture, $"row-{row:000000}{name}"));
        File.WriteAllBytes(path, content);
        return path;
    }
}
