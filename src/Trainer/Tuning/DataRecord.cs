using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// The images of a training as they were when it started, and what each is for: kept with its checkpoints, so that it goes on with the same
/// images, in the same order, and validates on none that it has trained on.
/// </summary>
internal sealed record DataRecord
{
    /// <summary>In the order that decides which image is which in an epoch.</summary>
    public required IReadOnlyList<ImageRecord> Train { get; init; }

    public required IReadOnlyList<ImageRecord> Validation { get; init; }

    /// <summary>Files that are not images, or damaged ones.</summary>
    public required IReadOnlyList<ImageRecord> Unreadable { get; init; }

    private const int Examples = 3;

    /// <summary>What has changed since, for a person; null where nothing has.</summary>
    /// <param name="images">The images now.</param>
    /// <param name="task">What is learned of them.</param>
    public string? ChangesTo(IEnumerable<ImageRecord> images, LearningTask task)
    {
        Dictionary<(bool, string), ImageRecord> before = Train.Concat(Validation).Concat(Unreadable).ToDictionary(image => image.Place);
        Dictionary<(bool, string), ImageRecord> now = images.ToDictionary(image => image.Place);
        List<ImageRecord> added = [.. now.Values.Where(image => !before.ContainsKey(image.Place))];
        List<ImageRecord> removed = [.. before.Values.Where(image => !now.ContainsKey(image.Place))];
        List<ImageRecord> changed = [.. now.Values.Where(image => before.TryGetValue(image.Place, out ImageRecord? old) && old != image)];

        // A file that is gone and one that has come with the same bytes are one that was moved.
        var moved = new List<(ImageRecord From, ImageRecord To)>();
        ILookup<string, ImageRecord> arrivals = added.ToLookup(image => image.Sha256);
        foreach (ImageRecord image in removed.ToArray())
        {
            if (arrivals[image.Sha256].FirstOrDefault(added.Contains) is not { } target) continue;
            moved.Add((image, target));
            added.Remove(target);
            removed.Remove(image);
        }
        (ImageRecord From, ImageRecord To)[] relabelled = [.. moved.Where(pair => pair.From.Class != pair.To.Class)];
        (ImageRecord From, ImageRecord To)[] renamed = [.. moved.Except(relabelled)];

        string[] changes =
        [
            .. Said(added, "added", image => $"'{image.Path}'"),
            .. Said(removed, "removed", image => $"'{image.Path}'"),
            .. Said(relabelled, "relabelled", pair => $"'{pair.From.Path}' is '{pair.To.Path}'"),
            .. Said(renamed, "renamed", pair => $"'{pair.From.Path}' is '{pair.To.Path}'"),
            .. Said(changed, "changed", image => $"'{image.Path}'"),
            .. task == LearningTask.Classification ? ClassChanges([.. before.Values], [.. now.Values]) : [],
        ];
        return changes.Length == 0 ? null : string.Join(", ", changes);
    }

    private static IEnumerable<string> ClassChanges(IReadOnlyList<ImageRecord> before, IReadOnlyList<ImageRecord> now) =>
    [
        .. Said(Classes(now).Except(Classes(before)).ToArray(), "new as a class", name => $"'{name}'"),
        .. Said(Classes(before).Except(Classes(now)).ToArray(), "gone as a class", name => $"'{name}'"),
    ];

    private static IEnumerable<string> Classes(IEnumerable<ImageRecord> images) => images.Select(image => image.Class).Distinct();

    private static IEnumerable<string> Said<T>(IReadOnlyList<T> of, string what, Func<T, string> text)
    {
        if (of.Count == 0) yield break;
        string examples = string.Join(", ", of.Take(Examples).Select(text));
        yield return $"{of.Count} {what} ({examples}{(of.Count > Examples ? ", ..." : "")})";
    }
}

/// <summary>An image of a training, wherever its data lie.</summary>
/// <param name="Path">Relative to the folder of the data, with slashes.</param>
/// <param name="Class">Its label: the name of its class, or its value.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="Sha256">Hash of the file; empty where it could not be read.</param>
internal sealed record ImageRecord(string Path, string Class, long Bytes, string Sha256)
{
    /// <summary>
    /// Whether the path is relative to the folder of the images to validate on, rather than to the one of those to train on.
    /// </summary>
    public bool InValidationFolder { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    public (bool, string) Place => (InValidationFolder, Path);
}
