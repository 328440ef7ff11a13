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
        OnnxGraph graph = new("stand-in");
        graph.Input(SavedColumns.Pixels, TensorProto.Types.DataType.Uint8, "N");
        graph.Node("Cast", SavedColumns.Features, [SavedColumns.Pixels], OnnxGraph.Attribute("to", (long)TensorProto.Types.DataType.Float));
        graph.Output(SavedColumns.Features, "N");
        return graph.ToModel([KeyValuePair.Create($"{SavedSignature.Prefix}stand_in", bool.TrueString)]).ToByteArray();
    }
}
