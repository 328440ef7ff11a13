using System.Diagnostics;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Onnx;
using DataType = Onnx.TensorProto.Types.DataType;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// What this machine's arithmetic gives at its best: multiply-accumulates a second of ONNX Runtime in work that is as good as it gets, which
/// a network's own are a part of.
/// </summary>
public static class MachinePeak
{
    private const string Input = "input", Output = "output";
    private const int MatrixSize = 1024, Products = 4, BatchSize = 8, Channels = 256, Height = 14, Convolutions = 4, Kernel = 3;

    private static readonly TimeSpan duration = TimeSpan.FromSeconds(1);

    /// <summary>Measures for about a second.</summary>
    /// <param name="precision">
    /// <c>float32</c> and <c>half</c>: products of matrices of 1024 x 1024; <c>int8</c>: convolutions of 3 x 3 over 256 channels of 14 x 14
    /// numbers, 8 images at once, as a ResNet-50 has them.
    /// </param>
    /// <param name="options">Device, threads; null takes the defaults.</param>
    /// <returns>Multiply-accumulates a second.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The precision is none of the three.</exception>
    /// <exception cref="InvalidOperationException">A CUDA device was asked for by name, and it cannot be used.</exception>
    public static double Measure(string precision, FeaturizeImagesOptions? options = null)
    {
        (ModelProto model, double work) = precision switch
        {
            OnnxContract.Float32 or OnnxContract.Half => (MatrixProducts(precision == OnnxContract.Half),
                (double)Products * MatrixSize * MatrixSize * MatrixSize),
            OnnxContract.Int8 => (IntegerConvolutions(),
                (double)Convolutions * BatchSize * Channels * Channels * Kernel * Kernel * Height * Height),
            _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, "float32, half or int8."),
        };
        using InferenceSession session = DeviceSession.Open(
            model.ToByteArray(), options ?? new FeaturizeImagesOptions(), CudaProbe.ThisMachine).Session;
        long[] shape = [.. session.InputMetadata[Input].Dimensions.Select(size => (long)size)];
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(new float[shape.Aggregate((product, size) => product * size)], shape);
        using RunOptions run = new();
        TimeSpan best = TimeSpan.MaxValue;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < duration;)
        {
            long start = Stopwatch.GetTimestamp();
            session.Run(run, [Input], [input], [Output]).Dispose();
            TimeSpan taken = Stopwatch.GetElapsedTime(start);
            if (taken < best) best = taken;
        }

        return work / best.TotalSeconds;
    }

    private static ModelProto MatrixProducts(bool half)
    {
        var graph = new OnnxGraph("matrix products");
        string value = graph.Input(Input, DataType.Float, MatrixSize, MatrixSize);
        float[] numbers = new float[MatrixSize * MatrixSize];
        if (half) value = graph.Node("Cast", "half", [value], OnnxGraph.Attribute("to", (long)DataType.Float16));
        string matrix = half
            ? graph.HalfConstant("matrix", numbers, MatrixSize, MatrixSize)
            : graph.Constant("matrix", numbers, MatrixSize, MatrixSize);
        for (int i = 0; i < Products; i++) value = graph.Node("MatMul", $"product{i}", [value, matrix]);
        if (half) value = graph.Node("Cast", "single", [value], OnnxGraph.Attribute("to", (long)DataType.Float));
        graph.Node("ReduceMax", Output, [value], OnnxGraph.Attribute("keepdims", 0));
        graph.Output(Output);
        return graph.ToModel([]);
    }

    private static ModelProto IntegerConvolutions()
    {
        var graph = new OnnxGraph("integer convolutions");
        string value = graph.Input(Input, DataType.Float, BatchSize, Channels, Height, Height);
        // Weights as large as a network's: smaller ones could not overflow, and would get faster kernels on processors where that matters.
        var random = new Random(1);
        for (int i = 0; i < Convolutions; i++)
        {
            float[] numbers = [.. Enumerable.Range(0, Channels * Channels * Kernel * Kernel).Select(_ => random.NextSingle() - 0.5f)];
            string weights = graph.Constant($"weights{i}", numbers, Channels, Channels, Kernel, Kernel);
            string bias = graph.Constant($"bias{i}", new float[Channels], Channels);
            value = graph.Node("Conv", $"convolution{i}", [value, weights, bias], OnnxGraph.Attribute("pads", 1, 1, 1, 1));
        }

        graph.Node("GlobalAveragePool", Output, [value]);
        graph.Output(Output, BatchSize, Channels, 1, 1);
        return UnmeasuredIntegers.Of(graph.ToModel([]));
    }
}
