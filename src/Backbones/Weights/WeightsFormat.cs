namespace ResNetMLNet.Backbones.Weights;

/// <summary>A kind of weights file.</summary>
/// <param name="Name">What users call it.</param>
/// <param name="Recognizes">Whether a file that starts with these bytes is of the kind.</param>
/// <param name="Read">Reads the dictionaries of tensors, the likeliest first, or throws a FormatException that says what is wrong.</param>
internal sealed record WeightsFormat(string Name, Recognizer Recognizes, Func<Stream, IReadOnlyList<StoredWeights>> Read)
{
    /// <summary>How much of a file its recognizer sees.</summary>
    public const int HeadLength = 512;

    // A TorchSharp checkpoint has no mark of its own, and may start with any byte: it is tried before the pickles and the ONNX
    // file, whose marks are a byte or two; its recognizer reads a name.
    private static readonly WeightsFormat[] All =
    [
        new("PyTorch file", TorchZip.Recognizes, TorchZip.Read),
        new("safetensors file", Safetensors.Recognizes, Safetensors.Read),
        new("TorchSharp checkpoint", TorchSharpCheckpoint.Recognizes, TorchSharpCheckpoint.Read),
        new("PyTorch file", TorchStream.Recognizes, TorchStream.Read),
        new("ONNX file with weights", OnnxWeights.Recognizes, OnnxWeights.Read),
    ];

    // Files that people take for weights.
    private static readonly (Recognizer Recognizes, string Advice)[] Others =
    [
        (head => head.IsEmpty, "It is empty."),
        (head => head.StartsWith("version https://git-lfs"u8), "It is a pointer of Git LFS: `git lfs pull` fetches the file itself."),
        (head => head[0] == (byte)'<', "It is a page of HTML or XML: what was downloaded is not the file."),
        (head => head.Length > 262
            && head[257..].StartsWith("ustar"u8), "It is a tar file, as PyTorch wrote before 0.2: load it there and save it again."),
        (head => head.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]), "It is compressed: gunzip it."),
        (head => head.StartsWith("\x89HDF"u8), "It is a file of Keras (HDF5)."),
    ];

    /// <summary>The kind of a file that starts so.</summary>
    /// <exception cref="FormatException">It is none of the known kinds; the message says what it looks like.</exception>
    public static WeightsFormat Of(ReadOnlySpan<byte> head)
    {
        foreach (WeightsFormat format in All)
        {
            if (format.Recognizes(head)) return format;
        }
        string advice = "";
        foreach ((Recognizer recognizes, string text) in Others)
        {
            if (advice.Length == 0 && recognizes(head)) advice = $" {text}";
        }
        throw new FormatException(
            "is not a weights file: safetensors, PyTorch's .pth (zip files and the stream of before 1.6), TorchSharp's checkpoints, " +
            "exported ONNX files, " +
            $"ML.NET models with one, and the ONNX file of package {MLNetResNet18.Package} are read.{advice}");
    }
}

/// <summary>Whether a file that starts with these bytes is of a kind.</summary>
internal delegate bool Recognizer(ReadOnlySpan<byte> head);
