using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// The weights of an ONNX file: the initializers of its graph, and its metadata. Field numbers are those of onnx.proto3. Files that
/// <see cref="Onnx.OnnxExporter"/> wrote are read, and the one of <see cref="MLNetResNet18"/>; other exporters name weights by numbers.
/// </summary>
internal sealed class OnnxWeights
{
    private const int ModelGraph = 7, ModelMetadata = 14, GraphInitializer = 5, EntryKey = 1, EntryValue = 2;
    private const int TensorDimensions = 1, TensorType = 2, TensorFloats = 4, TensorName = 8, TensorRaw = 9, TensorExternal = 13,
    TensorLocation = 14;

    // What a quantized file has beside each of its weights.
    private static readonly string[] QuantizedEndings = ["_scale", "_zero_point", "_quantized", ".scale", ".zero_point", ".quantized"];

    // TensorProto.DataType.
    private static readonly Dictionary<ulong, ScalarType> Types = new()
    {
        [1] = ScalarType.Float32,
        [10] = ScalarType.Float16,
        [11] = ScalarType.Float64,
        [16] = ScalarType.BFloat16,
    };

    private readonly Dictionary<string, ReadOnlyMemory<byte>> initializers = [];
    private readonly Dictionary<string, string> metadata = [];

    /// <summary>Whether a file that starts so is an ONNX file: the version of its representation, a small number, comes first.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> head) => head is [0x08, < 0x20, 0x12 or 0x3a or 0x42, ..];

    /// <summary>Reads the weights.</summary>
    /// <exception cref="FormatException">It is damaged, or of another exporter.</exception>
    public static IReadOnlyList<StoredWeights> Read(Stream file)
    {
        OnnxWeights model = Parse(file);
        return model.metadata.ContainsKey(OnnxContract.Keys.Version)
            ? [model.ReadExported()]
            : [new StoredWeights(MLNetResNet18.Read(model))];
    }

    /// <summary>Finds the initializers; none is read yet.</summary>
    /// <exception cref="FormatException">It is damaged.</exception>
    public static OnnxWeights Parse(Stream file)
    {
        if (file.Length > Array.MaxLength) throw new FormatException($"it has {file.Length} bytes; the limit is {Array.MaxLength}");
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var model = new OnnxWeights();
        var fields = new ProtobufFields(bytes);
        while (fields.Next())
        {
            if (fields.Number == ModelGraph) model.AddGraph(fields.Bytes);
            else if (fields.Number == ModelMetadata) model.AddMetadata(fields.Bytes);
        }
        return model;
    }

    /// <summary>Reads an initializer.</summary>
    /// <exception cref="FormatException">It is not there, or is not a tensor of floating-point numbers.</exception>
    public Tensor Read(string name)
    {
        string shown = DisplayText.Of(name);
        if (!initializers.TryGetValue(name, out ReadOnlyMemory<byte> tensor)) throw new FormatException($"it has no initializer '{shown}'");
        var shape = new List<long>();
        ulong type = 0;
        ReadOnlyMemory<byte> data = default;
        var fields = new ProtobufFields(tensor);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case TensorDimensions when fields.Bytes.IsEmpty: AddDimension(fields.Value); break;
                case TensorDimensions:
                    for (ReadOnlyMemory<byte> rest = fields.Bytes; !rest.IsEmpty;) AddDimension(ProtobufFields.ReadNumber(ref rest));
                    break;
                case TensorType: type = fields.Value; break;
                case TensorFloats or TensorRaw: data = fields.Bytes; break;
                case TensorExternal or TensorLocation when fields.Value != 0 || !fields.Bytes.IsEmpty:
                    throw new FormatException($"its initializer '{shown}' lies in another file");
            }
        }
        if (!Types.TryGetValue(type, out ScalarType scalar))
            throw new FormatException($"its initializer '{shown}' is of ONNX type {type}, which no weights have");
        try
        {
            using Stream elements = new MemoryStream(
                MemoryMarshal.TryGetArray(data, out ArraySegment<byte> array) ? array.Array! : [], array.Offset, array.Count);
            return StoredTensor.Read(elements, data.Length, ElementType.All.First(known => known.Type == scalar), [.. shape]);
        }
        catch (FormatException e)
        {
            throw new FormatException($"its initializer '{shown}': {e.Message}", e);
        }

        void AddDimension(ulong dimension)
        {
            StoredTensor.CheckDimensions(shape.Count + 1);
            shape.Add(unchecked((long)dimension));
        }
    }

    /// <summary>
    /// The convolutions, whose batch norms are folded into them, and the classifier, under the names that the exporter gave them.
    /// </summary>
    private StoredWeights ReadExported()
    {
        if (initializers.Keys.FirstOrDefault(
            name => QuantizedEndings.Any(ending => name.EndsWith(ending, StringComparison.Ordinal))) is not null)
            throw new FormatException("it is quantized, and its weights are rounded; use the file that it was quantized from");
        Dictionary<string, Tensor> tensors = TensorCollection.Of(collection =>
        {
            foreach (string name in initializers.Keys.Where(
                name => name.EndsWith(".weight", StringComparison.Ordinal) || name.EndsWith(".bias", StringComparison.Ordinal)))
                collection.Add(name, () => Read(name));
        });
        return new StoredWeights(tensors)
        {
            Exported = new ExportedNetwork(
            metadata.GetValueOrDefault(OnnxContract.Keys.Architecture, ""), ReadInput())
        };
    }

    /// <summary>The preprocessing that the file names; null where it names none, or not all of it.</summary>
    private InputSpec? ReadInput()
    {
        if (Numbers(OnnxContract.Keys.ImageSize) is not [double size] || Numbers(OnnxContract.Keys.CropFraction) is not [double crop]
            || Numbers(OnnxContract.Keys.Mean) is not [double meanR, double meanG, double meanB]
                || Numbers(OnnxContract.Keys.Std) is not [double r, double g, double b]
            || size is not (>= 1 and <= 10_000) || crop is not (> 0 and <= 1)) return null;
        return new InputSpec
        {
            ImageSize = (int)size,
            CropFraction = crop,
            Resizing = metadata.GetValueOrDefault(OnnxContract.Keys.Resizing) switch
            {
                OnnxContract.Squash => Resizing.Squash,
                OnnxContract.Letterbox => Resizing.Letterbox,
                _ => Resizing.Crop,
            },
            Interpolation = metadata.GetValueOrDefault(OnnxContract.Keys.Interpolation) == "bicubic"
                ? Interpolation.Bicubic
                : Interpolation.Bilinear,
            Mean = new(meanR, meanG, meanB),
            Std = new(r, g, b),
        };
    }

    private double[] Numbers(string key) =>
    [
        .. metadata.GetValueOrDefault(key, "").Split(',').Take(4)
            .Select(text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                && double.IsFinite(number) ? number : double.NaN)
            .Where(number => !double.IsNaN(number)),
    ];

    private void AddGraph(ReadOnlyMemory<byte> graph)
    {
        var fields = new ProtobufFields(graph);
        while (fields.Next())
        {
            if (fields.Number != GraphInitializer) continue;
            string name = "";
            var tensor = new ProtobufFields(fields.Bytes);
            while (tensor.Next())
            {
                if (tensor.Number == TensorName) name = Text(tensor.Bytes);
            }
            TensorCollection.CheckCount(initializers.Count + 1);
            if (!initializers.TryAdd(name, fields.Bytes)) throw new FormatException($"initializer '{DisplayText.Of(name)}' appears twice");
        }
    }

    private void AddMetadata(ReadOnlyMemory<byte> entry)
    {
        string key = "", value = "";
        var fields = new ProtobufFields(entry);
        while (fields.Next())
        {
            if (fields.Number == EntryKey) key = Text(fields.Bytes);
            else if (fields.Number == EntryValue && key.StartsWith("resnetmlnet.", StringComparison.Ordinal)
                && key != OnnxContract.Keys.Labels) value = Text(fields.Bytes);
        }
        if (key.StartsWith("resnetmlnet.", StringComparison.Ordinal)) metadata[key] = value;
    }

    /// <exception cref="FormatException">It is too long for a name.</exception>
    private static string Text(ReadOnlyMemory<byte> utf8)
    {
        string text = Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, 4 * TensorCollection.NameLimit)].Span);
        TensorCollection.CheckName(text);
        return text;
    }
}
