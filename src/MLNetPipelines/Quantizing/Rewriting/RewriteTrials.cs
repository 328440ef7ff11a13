using System.Diagnostics;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Onnx;
using DataType = Onnx.TensorProto.Types.DataType;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Times a part of a network in its forms, in integers, by itself, on this processor: which is fastest depends on instructions and caches.
/// Parts of one shape are timed once.
/// </summary>
internal sealed class RewriteTrials(NetworkGraph network)
{
    private const int BatchSize = 8, Runs = 6;

    private const string Result = "trial.result";

    private readonly Dictionary<string, long[]> shapes = OnnxShapes.Of(network.Model.Graph);
    private readonly Dictionary<string, (int Form, double Gain)> known = [];

    /// <returns>The fastest of the other forms, and how many times as fast as the part itself it is.</returns>
    public (RewriteForm Form, double Gain) Best(RewriteSite site)
    {
        string key = $"{string.Join(',', shapes[site.Input])} {string.Join(' ', site.Nodes.Select(Kind))}";
        if (!known.TryGetValue(key, out (int Form, double Gain) best))
        {
            TimeSpan[] times = Times([Part(site, form: null), .. site.Forms.Select(form => Part(site, form))]);
            int fastest = Enumerable.Range(0, site.Forms.Count).MinBy(i => times[i + 1]);
            known[key] = best = (fastest, times[0] / times[fastest + 1]);
        }

        return (site.Forms[best.Form], best.Gain);
    }

    private string Kind(NodeProto node)
    {
        IEnumerable<object> shapes = node.Input.Where(network.IsConstant).Select(name => network.Constant(name).Dims);
        return $"{node.OpType} {string.Join(',', node.Attribute)} {string.Join(',', shapes)}";
    }

    /// <summary>The part as a network of its own, in integers.</summary>
    private ModelProto Part(RewriteSite site, RewriteForm? form)
    {
        var graph = new OnnxGraph("trial");
        graph.Input(site.Input, DataType.Float, [BatchSize, .. shapes[site.Input].Skip(1).Select(size => (object)size)]);
        foreach (string constant in site.Nodes.SelectMany(node => node.Input).Where(network.IsConstant).Distinct())
            graph.Add(network.Constant(constant).Clone());
        foreach (NodeProto node in site.Nodes) graph.Add(node.Clone());
        graph.Node("GlobalAveragePool", Result, [site.Output]);
        graph.Output(Result, BatchSize, shapes[site.Output][1], 1, 1);
        ModelProto model = graph.ToModel([]);
        form?.Apply(model.Graph);
        return UnmeasuredIntegers.Of(model);
    }

    private static TimeSpan[] Times(IReadOnlyList<ModelProto> models)
    {
        InferenceSession[] sessions = [.. models.Select(Open)];
        try
        {
            TimeSpan[] best = [.. sessions.Select(_ => TimeSpan.MaxValue)];
            for (int run = 0; run < Runs; run++)
            {
                foreach ((int i, InferenceSession session) in sessions.Index())
                {
                    TimeSpan taken = Time(session);
                    if (taken < best[i]) best[i] = taken;
                }
            }

            return best;
        }
        finally
        {
            foreach (InferenceSession session in sessions) session.Dispose();
        }
    }

    private static InferenceSession Open(ModelProto model) => DeviceSession.OpenOnCpu(model.ToByteArray());

    private static TimeSpan Time(InferenceSession session)
    {
        (string name, NodeMetadata input) = session.InputMetadata.Single();
        long[] shape = [.. input.Dimensions.Select(size => (long)size)];
        using OrtValue images = OrtValue.CreateTensorValueFromMemory(new float[shape.Aggregate((product, size) => product * size)], shape);
        using RunOptions options = new();
        long start = Stopwatch.GetTimestamp();
        session.Run(options, [name], [images], [Result]).Dispose();
        return Stopwatch.GetElapsedTime(start);
    }
}
