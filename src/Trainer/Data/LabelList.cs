using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// The images of a list by what they are for, read at once, with labels that a task can learn. A bad row is left out and named.
/// </summary>
internal sealed record LabelList
{
    private static readonly HashSet<string> labelColumns = new(
        new[] { LearningTask.Classification, LearningTask.MultiLabel, LearningTask.Regression }.SelectMany(task => task.LabelColumns),
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Those to train on; all where the list does not part them.</summary>
    public required IReadOnlyList<LabeledImage> Train { get; init; }

    /// <summary>Those to validate on; null where there are none.</summary>
    public required IReadOnlyList<LabeledImage>? Validation { get; init; }

    /// <summary>Those to measure on at the end; null where there are none.</summary>
    public required IReadOnlyList<LabeledImage>? Test { get; init; }

    /// <summary>Whether the list says which images are for what.</summary>
    public required bool IsParted { get; init; }

    /// <summary>The rows that cannot be used, by their place.</summary>
    public required IReadOnlyList<SkippedImage> LeftOut { get; init; }

    /// <summary>Those to judge a training by: to validate on, else to measure on, else all.</summary>
    public IReadOnlyList<LabeledImage> Others => Validation ?? Test ?? Train;

    /// <summary>Reads a list.</summary>
    /// <param name="path">As <see cref="ImageList.Open"/> takes it.</param>
    /// <param name="task">What its labels are for.</param>
    /// <param name="options">Which columns.</param>
    /// <param name="spooled">Takes images that the list holds.</param>
    /// <param name="part">The folder that they are put into.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not a list, lacks a column, or no row can be used; the message says why.</exception>
    public static LabelList Read(string path, LearningTask task, ImageListOptions options, SpooledImages spooled, string part)
    {
        ImageList list = Open(path, task, options);
        list.RequireLabels();
        var parts = new Dictionary<DataSetPart, List<LabeledImage>>();
        bool parted = false;
        IReadOnlyList<SkippedImage> leftOut = Files(list, spooled, part, task.LabelOf, (row, image) =>
        {
            parted |= row.Part is not null;
            DataSetPart of = row.Part ?? DataSetPart.Train;
            if (!parts.TryGetValue(of, out List<LabeledImage>? images)) parts.Add(of, images = []);
            images.Add(image);
        });
        return new LabelList
        {
            Train = parts.GetValueOrDefault(DataSetPart.Train) ?? [],
            Validation = parts.GetValueOrDefault(DataSetPart.Validation),
            Test = parts.GetValueOrDefault(DataSetPart.Test),
            IsParted = parted,
            LeftOut = leftOut,
        };
    }

    /// <summary>Whether a row of a list has several labels.</summary>
    public static bool HasSeveralLabels(string path, ImageListOptions options)
    {
        ImageList list = Open(path, LearningTask.MultiLabel, options);
        return list.HasLabels
            && list.Rows(contents: false).Any(row => row.Label is string label && LabelSet.TryOfCell(label) is { Length: > 1 });
    }

    /// <summary>Takes the rows of a list that can be used as files.</summary>
    /// <param name="list">The list.</param>
    /// <param name="spooled">Takes images that the list holds.</param>
    /// <param name="part">The folder that they are put into.</param>
    /// <param name="labelOf">What is learned of a label, or what is wrong with it.</param>
    /// <param name="take">Takes an image.</param>
    /// <returns>The rows that cannot be used.</returns>
    /// <exception cref="InvalidDataException">No row can be used.</exception>
    public static IReadOnlyList<SkippedImage> Files(
        ImageList list, SpooledImages spooled, string part, Func<string?, (string? Label, string? Problem)> labelOf,
        Action<ImageListRow, LabeledImage> take)
    {
        var leftOut = new List<SkippedImage>();
        var earlier = new Dictionary<string, (string Place, string? Cell, string Label)>(StringComparer.Ordinal);
        int count = 0, number = 0;
        foreach (ImageListRow row in list.Rows())
        {
            number++;
            (string? label, string? problem) = row.Problem is null ? labelOf(row.Label) : (null, row.Problem);
            string? file = problem is null && row.ImagePath is not null ? Path.GetFullPath(row.ImagePath) : null;
            if (file is not null && !earlier.TryAdd(file, (row.Place, row.Label, label!))) problem = Twice(row, label!, earlier[file]);
            if (problem is not null)
            {
                leftOut.Add(new SkippedImage(row.Place, problem));
                continue;
            }
            take(row, new LabeledImage { ImagePath = row.ImagePath ?? spooled.Write(row, part, number), Label = label! });
            count++;
        }
        if (count > 0) return leftOut;
        throw new InvalidDataException(leftOut is [SkippedImage first, ..]
            ? $"No row of '{list.Location}' can be used: '{first.Path}' {first.Reason}."
            : $"The list '{list.Location}' has no images.");
    }

    private static string Twice(ImageListRow row, string label, (string Place, string? Cell, string Label) earlier) =>
        label == earlier.Label ? $"lists '{row.ImagePath}', as '{earlier.Place}' does. List each image once"
        : $"lists '{row.ImagePath}' with the label '{row.Label}', and '{earlier.Place}' with '{earlier.Cell}'. Give each image one line";

    private static ImageList Open(string path, LearningTask task, ImageListOptions options)
    {
        var list = ImageList.Open(path, options);
        if (options.LabelColumn is not null || list.Columns.Count(column => labelColumns.Contains(column)) < 2) return list;
        // Of several, the one that is named as the task's labels are.
        return list.Columns.FirstOrDefault(column => task.LabelColumns.Contains(column, StringComparer.OrdinalIgnoreCase)) is string named
            ? ImageList.Open(path, options with { LabelColumn = named })
            : list;
    }
}
