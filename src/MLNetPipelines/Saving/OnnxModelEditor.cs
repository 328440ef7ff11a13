using Google.Protobuf;
using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Renames values of an ONNX model and sets metadata; everything else stays. Graphs inside operators, which no backbone has, keep their
/// names.
/// </summary>
internal sealed class OnnxModelEditor
{
    private readonly ModelProto model;

    /// <param name="model">A model with a graph; it is changed in place.</param>
    public OnnxModelEditor(ModelProto model) => this.model = model;

    /// <param name="model">A serialized model.</param>
    /// <exception cref="InvalidDataException">The bytes are not a serialized model.</exception>
    public OnnxModelEditor(ReadOnlySpan<byte> model)
    {
        try
        {
            this.model = ModelProto.Parser.ParseFrom(model);
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new InvalidDataException("The bytes are not a serialized ONNX model.", failure);
        }

        if (this.model.Graph is null)
        {
            throw new InvalidDataException("The bytes are not a serialized ONNX model.");
        }
    }

    /// <summary>A metadata property; null where there is none, and to remove it.</summary>
    public string? this[string key]
    {
        get => model.MetadataProps.FirstOrDefault(entry => entry.Key == key)?.Value;
        set
        {
            foreach (StringStringEntryProto old in model.MetadataProps.Where(entry => entry.Key == key).ToList())
            {
                model.MetadataProps.Remove(old);
            }

            if (value is not null)
            {
                model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
            }
        }
    }

    /// <param name="from">A value's name; without such a value nothing happens.</param>
    /// <param name="to">Its new name.</param>
    public void Rename(string from, string to)
    {
        foreach (ValueInfoProto value in model.Graph.Input.Concat(model.Graph.Output).Concat(model.Graph.ValueInfo))
        {
            if (value.Name == from) value.Name = to;
        }

        foreach (NodeProto node in model.Graph.Node)
        {
            for (int i = 0; i < node.Input.Count; i++) if (node.Input[i] == from) node.Input[i] = to;
            for (int i = 0; i < node.Output.Count; i++) if (node.Output[i] == from) node.Output[i] = to;
        }
    }

    public byte[] ToBytes() => model.ToByteArray();
}
