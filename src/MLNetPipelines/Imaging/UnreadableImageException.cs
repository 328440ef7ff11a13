namespace ResNetMLNet.MLNetPipelines;

/// <summary>An image that cannot be used: its file cannot be read, it is damaged, in no known format, or too large.</summary>
public sealed class UnreadableImageException : Exception
{
    internal UnreadableImageException(string? path, string reason, Exception? innerException = null)
        : this(path is null ? "The image" : $"The image '{DisplayText.Of(path, 300)}'", path, reason, innerException)
    {
    }

    private UnreadableImageException(string subject, string? path, string reason, Exception? innerException)
        : base($"{subject} {reason}.", innerException)
    {
        Path = path;
        Reason = reason;
    }

    /// <summary>The image's file, or null where it came as bytes without a name.</summary>
    public string? Path { get; }

    /// <summary>What is wrong, as the end of a sentence that starts with the image: "is empty", "is truncated".</summary>
    public string Reason { get; }

    /// <summary>The same of an image without a file, whose place is all that it can be known by.</summary>
    /// <param name="row">The position of its row in the cursor, from 0.</param>
    internal UnreadableImageException InRow(long row) => new($"The image in row {row}", path: null, Reason, this);
}
