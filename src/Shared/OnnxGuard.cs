using Google.Protobuf;
using Onnx;

namespace ResNetMLNet;

/// <summary>
/// Refuses ONNX files that no exporter or quantizer of a backbone writes, before anything runs them: data in other files, graphs in
/// operators, operators of other domains, unknown operators, numbers that are not possible. What is left is a straight line of known
/// operators whose shapes are known, so that opening and running it takes time and memory in proportion to the file and the image.
/// </summary>
internal static class OnnxGuard
{
    // ONNX Runtime reads operator sets from 7; the exporter writes 17.
    private const int OldestOperators = 7, NewestOperators = 26;

    private static readonly HashSet<string> domains = ["", "ai.onnx"];

    /// <summary>Parses a file that is safe to run, once for whoever needs more of it than its bytes.</summary>
    /// <param name="model">The file.</param>
    /// <param name="name">Names the file in messages, ready to be shown.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or not one of a backbone.</exception>
    public static ModelProto Read(ReadOnlyMemory<byte> model, string name)
    {
        ModelProto proto = Parse(model, name);
        Check(proto, name);
        return proto;
    }

    /// <summary>Parses a file within limits, and leaves the rest to <see cref="Check"/>.</summary>
    /// <inheritdoc cref="Read"/>
    public static ModelProto Parse(ReadOnlyMemory<byte> model, string name)
    {
        if (model.IsEmpty) throw new InvalidDataException($"'{name}' is empty: copying or downloading it was not finished.");
        try
        {
            return OnnxWire.IsTooMuch(model) ? throw new InvalidDataException($"'{name}' has more parts than any backbone.")
                : ModelProto.Parser.ParseFrom(model.Span);
        }
        catch (Exception failure) when (failure is InvalidProtocolBufferException or FormatException)
        {
            throw new InvalidDataException($"'{name}' cannot be opened as an ONNX model: it is truncated, damaged or something else.",
                failure);
        }
    }

    /// <summary>The same check of a file that is parsed.</summary>
    /// <inheritdoc cref="Read"/>
    public static void Check(ModelProto model, string name)
    {
        if ((Flaw(model) ?? OnnxShapes.Flaw(model.Graph)) is string flaw)
            throw new InvalidDataException(
                $"'{name}' is not a backbone to run: it has {flaw}. `resnet-mlnet export NAME --output FILE` writes one.");
    }

    private static string? Flaw(ModelProto model)
    {
        if (model.Graph is not { } graph) return "no graph";
        if (model.Functions.Count + model.TrainingInfo.Count + graph.SparseInitializer.Count > 0)
            return "functions, training steps or sparse weights, which no backbone has";
        foreach (OperatorSetIdProto operators in model.OpsetImport)
        {
            if (!domains.Contains(operators.Domain))
                return $"operators of the domain '{DisplayText.Of(operators.Domain)}', which ResNetMLNet does not write";
            if (operators.Version is < OldestOperators or > NewestOperators)
                return $"operator set {operators.Version}; {OldestOperators} to {NewestOperators} are read";
        }

        foreach (string text in Names(graph))
        {
            if (text.AsSpan().IndexOfAnyInRange('\0', '\x1f') >= 0 || text.Contains('\x7f'))
                return $"a name with control characters, '{DisplayText.Of(text)}'";
        }

        foreach (NodeProto node in graph.Node)
        {
            if (!domains.Contains(node.Domain))
                return $"an operator '{DisplayText.Of(node.OpType)}' of the domain '{DisplayText.Of(node.Domain)}', which ResNetMLNet "
                    + $"does not write";
            if (node.Attribute.FirstOrDefault(IsForeign) is { } attribute)
                return $"an operator '{DisplayText.Of(node.OpType)}' with '{DisplayText.Of(attribute.Name)}', which is not a number, a "
                    + $"text or a constant";
        }

        return graph.Initializer.Concat(Constants(graph)).Select(Flaw).FirstOrDefault(flaw => flaw is not null);
    }

    private static IEnumerable<string> Names(GraphProto graph) =>
        graph.Node.SelectMany(node => node.Input.Concat(node.Output).Append(node.Name).Append(node.OpType))
        .Concat(graph.Initializer.Select(tensor => tensor.Name)).Concat(graph.Input.Concat(graph.Output).Select(value => value.Name));

    private static IEnumerable<TensorProto> Constants(GraphProto graph) =>
        graph.Node.SelectMany(node => node.Attribute).Where(attribute => attribute.T is not null).Select(attribute => attribute.T);

    private static bool IsForeign(AttributeProto attribute) =>
        attribute.G is not null || attribute.Graphs.Count + attribute.Tensors.Count > 0
        || attribute.SparseTensor is not null || attribute.SparseTensors.Count > 0 || attribute.Tp is not null
            || attribute.TypeProtos.Count > 0
        || attribute.RefAttrName != "";

    private static string? Flaw(TensorProto tensor)
    {
        string shown = DisplayText.Of(tensor.Name);
        if (tensor.DataLocation != TensorProto.Types.DataLocation.Default || tensor.ExternalData.Count > 0)
            return $"a constant '{shown}' whose numbers lie in another file";
        if (OnnxShapes.Elements([.. tensor.Dims]) is not long count)
            return $"a constant '{shown}' with the shape [{string.Join(", ", tensor.Dims.Take(8))}]";
        if (Size((TensorProto.Types.DataType)tensor.DataType) is not int size)
            return $"a constant '{shown}' of a type that ResNetMLNet does not write";
        long stored = tensor.RawData.Length > 0 || count == 0 ? tensor.RawData.Length / size
            : tensor.FloatData.Count + tensor.Int32Data.Count + tensor.Int64Data.Count + tensor.DoubleData.Count + tensor.Uint64Data.Count;
        return stored == count ? null : $"a constant '{shown}' of {count} numbers, and {stored} are in the file";
    }

    private static int? Size(TensorProto.Types.DataType type) => type switch
    {
        TensorProto.Types.DataType.Uint8 or TensorProto.Types.DataType.Int8 or TensorProto.Types.DataType.Bool => 1,
        TensorProto.Types.DataType.Float16 or TensorProto.Types.DataType.Bfloat16 or TensorProto.Types.DataType.Uint16
            or TensorProto.Types.DataType.Int16 => 2,
        TensorProto.Types.DataType.Float or TensorProto.Types.DataType.Int32 or TensorProto.Types.DataType.Uint32 => 4,
        TensorProto.Types.DataType.Double or TensorProto.Types.DataType.Int64 or TensorProto.Types.DataType.Uint64 => 8,
        _ => null,
    };
}
