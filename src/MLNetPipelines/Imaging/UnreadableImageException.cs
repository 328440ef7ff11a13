namespace ResNetMLNet.MLNetPipelines;

/// <summary>A picture that cannot be used: its file cannot be read, it is damaged, in no known format, or too large.</summary>
public sealed class UnreadableImageException : Exception
{
    internal UnreadableImageException(string? path, string reason, Exception? innerException = null)
        : base(path is null ? $"The image {reason}." : $"The image '{path}' {reason}.", innerException)
    {
        Path = path;
        Reason = reason;
    }

    /// <summary>The picture's file, or null where it came as bytes without a name.</summary>
    public string? Path { get; }

    /// <summary>What is wrong, as the end of a sentence that starts with the picture: "is empty", "is truncated".</summary>
    public string Reason { get; }
}
