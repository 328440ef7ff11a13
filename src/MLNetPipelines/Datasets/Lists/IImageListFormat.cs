namespace ResNetMLNet.MLNetPipelines;

/// <summary>A list in one of the formats that are read.</summary>
internal interface IImageListFormat
{
    /// <summary>Names of the columns.</summary>
    IReadOnlyList<string> Columns { get; }

    /// <summary>Whether there are labels.</summary>
    bool HasLabels { get; }

    /// <summary>Whether the list holds the images themselves.</summary>
    bool HoldsImages { get; }

    /// <summary>The rows, read as they are asked for.</summary>
    /// <param name="contents">Whether images that the list holds are read too.</param>
    IEnumerable<ImageListRow> Rows(bool contents);
}
