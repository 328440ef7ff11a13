using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace Backbones.Tests;

/// <summary>ONNX Runtime, with the optimizations that users get, on one thread: other test processes run beside this one.</summary>
internal static class OnnxRuntime
{
    public static InferenceSession Open(string path)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        return new InferenceSession(path, options);
    }

    /// <summary>Every output, by its name.</summary>
    public static Dictionary<string, float[]> Run<T>(InferenceSession session, string input, T[] images, long[] shape)
        where T : unmanaged
    {
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(images, shape);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, [input], [value], session.OutputNames);
        return session.OutputNames.Zip(outputs).ToDictionary(
            output => output.First, output => output.Second.GetTensorDataAsSpan<float>().ToArray());
    }

    /// <summary>1e-4 of the largest value: what folding and another order of additions cost is about 1e-6.</summary>
    public static void AssertClose(Tensor expected, float[] actual)
    {
        float[] values = expected.data<float>().ToArray();
        Assert.HasCount(values.Length, actual);
        float tolerance = 1e-4f * values.Max(Math.Abs);
        for (int i = 0; i < values.Length; i++) Assert.AreEqual(values[i], actual[i], tolerance, $"value {i}");
    }
}
