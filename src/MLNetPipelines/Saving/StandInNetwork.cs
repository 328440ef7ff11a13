using Google.Protobuf;
using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// The smallest network that ML.NET's ONNX transformer takes in place of a saved featurizer's: pixels as numbers. It is never run.
/// </summary>
internal static class StandInNetwork
{
    /// <summary>Signed, so that <see cref="NetworkFiles"/> knows the file that ML.NET writes it into.</summary>
    public static byte[] Bytes { get; } = Write();

    private static byte[] Write()
    {
        GraphProto graph = new() { Name = "stand-in" };
        graph.Input.Add(Value(SavedColumns.Pixels, TensorProto.Types.DataType.Uint8));
        graph.Output.Add(Value(SavedColumns.Features, TensorProto.Types.DataType.Float));
        NodeProto cast = new() { OpType = "Cast", Input = { SavedColumns.Pixels }, Output = { SavedColumns.Features } };
        cast.Attribute.Add(new AttributeProto
        {
            Name = "to",
            Type = AttributeProto.Types.AttributeType.Int,
            I = (long)TensorProto.Types.DataType.Float
        });
        graph.Node.Add(cast);
        ModelProto model = new() { IrVersion = 8, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = 17 });
        model.MetadataProps.Add(new StringStringEntryProto { Key = $"{SavedSignature.Prefix}stand_in", Value = bool.TrueString });
        return model.ToByteArray();
    }

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type)
    {
        TensorShapeProto shape = new();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "N" });
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto
            {
                TensorType =
            new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape }
            }
        };
    }
}
