namespace ResNetMLNet.MLNetPipelines;

/// <summary>Where a list of images has what, where its columns have other names than usual or its paths start elsewhere.</summary>
public sealed record ImageListOptions
{
    /// <summary>
    /// The column of image files; null takes file_name, path, image_path, image or file, in any case, with or without underscores.
    /// </summary>
    public string? PathColumn { get; init; }

    /// <summary>The column of labels; null takes label, labels, class, category, tags or value.</summary>
    public string? LabelColumn { get; init; }

    /// <summary>
    /// The column that says which part of the data set an image is of: train, val or test; null takes split, subset or partition.
    /// </summary>
    public string? SplitColumn { get; init; }

    /// <summary>The folder that paths are relative to and must not lead out of; null takes the list's own.</summary>
    public string? Root { get; init; }
}
