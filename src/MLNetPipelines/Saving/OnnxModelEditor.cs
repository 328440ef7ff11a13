using Google.Protobuf;
using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Renames values of an ONNX model and sets metadata; everything else stays. Graphs inside operators, which no backbone has, keep their names.</summary>
/// <param name="names">Values to rename: old name to new.</param>
/// <param name="metadata">Metadata properties to set; those of the same keys go.</param>
internal sealed class OnnxModelEditor(IReadOnlyDictionary<string, string> names, IReadOnlyDictionary<string, string> metadata)
{
    /// <exception cref="InvalidDataException">The bytes are no serialized model.</exception>
    public byte[] Edit(ReadOnlySpan<byte> model)
    {
        ModelProto parsed = Parse(model);
        foreach (ValueInfoProto value in parsed.Graph.Input.Concat(parsed.Graph.Output).Concat(parsed.Graph.ValueInfo))
        {
            value.Name = NewName(value.Name);
        }

        foreach (NodeProto node in parsed.Graph.Node)
        {
            for (int i = 0; i < node.Input.Count; i++) node.Input[i] = NewName(node.Input[i]);
            for (int i = 0; i < node.Output.Count; i++) node.Output[i] = NewName(node.Output[i]);
        }

        foreach (StringStringEntryProto old in parsed.MetadataProps.Where(entry => metadata.ContainsKey(entry.Key)).ToList())
        {
            parsed.MetadataProps.Remove(old);
        }

        parsed.MetadataProps.AddRange(metadata.Select(entry => new StringStringEntryProto { Key = entry.Key, Value = entry.Value }));
        return parsed.ToByteArray();
    }

    private static ModelProto Parse(ReadOnlySpan<byte> model)
    {
        try
        {
            ModelProto parsed = ModelProto.Parser.ParseFrom(model);
            return parsed.Graph is null ? throw new InvalidDataException("The bytes are no serialized ONNX model.") : parsed;
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new InvalidDataException("The bytes are no serialized ONNX model.", failure);
        }
    }

    private string NewName(string name) => names.GetValueOrDefault(name, name);
}
