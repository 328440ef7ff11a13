namespace ResNetMLNet.MLNetPipelines;

/// <summary>An image that a list names or holds.</summary>
public sealed record ImageListRow
{
    /// <summary>Where it is listed, for messages: "photos.csv, line 3".</summary>
    public required string Place { get; init; }

    /// <summary>The image's file, whose path starts with the root as it was given; null where the list holds the image itself.</summary>
    public string? ImagePath { get; init; }

    /// <summary>The content of the image's file; empty where it is a file of its own, and where contents are not asked for.</summary>
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>What an image that the list holds is called in it; null where it has no name.</summary>
    public string? Name { get; init; }

    /// <summary>The label as it is written; several are a JSON array. Null where there is none.</summary>
    public string? Label { get; init; }

    /// <summary>The part of the data set that it is of; null where the list does not say.</summary>
    public DataSetPart? Part { get; init; }

    /// <summary>Why it cannot be used, as the end of a sentence that starts with <see cref="Place"/>; null where it can.</summary>
    public string? Problem { get; init; }
}

/// <summary>What images of a data set are for.</summary>
public enum DataSetPart
{
    /// <summary>To train on.</summary>
    Train,

    /// <summary>To choose by while training.</summary>
    Validation,

    /// <summary>To measure on at the end.</summary>
    Test,
}
