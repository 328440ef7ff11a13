using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>Reads weights from a file, by what is in it and not by its name, and writes them. Nothing in a file is ever executed.</summary>
public static class WeightsFile
{
    /// <summary>
    /// Reads a safetensors file; a .pth file of PyTorch, since 1.6 (a zip) or before (a stream of pickles), of a state_dict or of a
    /// training checkpoint that has one; a checkpoint of TorchSharp's <c>Module.save</c>; an ONNX file of <see cref="Onnx.OnnxExporter"/>,
    /// also inside an ML.NET model; the ONNX file of <see cref="MLNetResNet18"/>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <returns>Its tensors, under the network's own names: without <c>module.</c> and the like before all of them.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, of another kind, or asks for anything but weights; the message says what and where.
    /// </exception>
    public static WeightSet Load(string path) => Load(path, origin: path);

    /// <summary>The same, with words of the caller's for where the weights come from.</summary>
    internal static WeightSet Load(string path, string origin)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no weights file '{path}'.", path);
        using FileStream file = File.OpenRead(path);
        return Load(file, path, origin);
    }

    /// <summary>Writes weights, whole or not at all.</summary>
    /// <param name="weights">The weights, with their types; those of an exported file get their batch norms back.</param>
    /// <param name="path">As for <see cref="Save(IReadOnlyDictionary{string, Tensor}, string)"/>.</param>
    /// <exception cref="ArgumentException">The name ends otherwise, or the weights have a type that the format lacks.</exception>
    /// <exception cref="InvalidDataException">The weights are of an exported network that the catalog lacks.</exception>
    public static void Save(WeightSet weights, string path)
    {
        using WeightSet? unfolded = weights.Unfold();
        Save((unfolded ?? weights).Tensors, path);
    }

    /// <summary>Writes tensors, whole or not at all. They stay the caller's.</summary>
    /// <param name="tensors">
    /// Name to tensor, such as a module's <c>state_dict()</c>, on any device; each is written in its own type.
    /// </param>
    /// <param name="path">
    /// <c>.safetensors</c>, or <c>.pth</c> or <c>.pt</c> for what torch.load reads; an existing file is replaced.
    /// </param>
    /// <exception cref="ArgumentException">The name ends otherwise, or a tensor has a type that the format lacks.</exception>
    public static void Save(IReadOnlyDictionary<string, Tensor> tensors, string path)
    {
        Action<Stream, IReadOnlyDictionary<string, Tensor>> write = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".safetensors" => Safetensors.Write,
            ".pth" or ".pt" => TorchZipWriter.Write,
            string other => throw new ArgumentException($"'{path}' ends in '{other}'; weights are written as .safetensors or .pth."),
        };
        WholeFile.Write(path, file => write(file, tensors));
    }

    internal static WeightSet Load(Stream file, string path, string? origin = null)
    {
        WeightsFormat format;
        try
        {
            byte[] head = new byte[Math.Min(file.Length, WeightsFormat.HeadLength)];
            file.ReadExactly(head);
            format = WeightsFormat.Of(head);
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"'{path}' {e.Message}", e);
        }
        try
        {
            file.Position = 0;
            IReadOnlyList<StoredWeights> stored = format.Read(file);
            try
            {
                return new WeightSet(stored, origin ?? path);
            }
            catch
            {
                foreach (Tensor tensor in stored.SelectMany(weights => weights.Tensors.Values)) tensor.Dispose();
                throw;
            }
        }
        // InvalidDataException is what System.IO.Compression says of an entry.
        catch (Exception e) when (e is FormatException or EndOfStreamException or InvalidDataException)
        {
            string problem = e is EndOfStreamException ? "it ends too early" : e.Message.TrimEnd('.');
            throw new InvalidDataException($"'{path}' is not a valid {format.Name}: {problem}.", e);
        }
    }
}
