using TorchSharp.Modules;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>
/// The operators that the architectures are written in. <typeparamref name="T"/> is what flows between them: a tensor where the network
/// runs, a name and a shape where it is written as ONNX, a shape where its cost is counted.
/// </summary>
internal interface IOperators<T>
{
    T Conv(T x, Conv2d conv);

    T BatchNorm(T x, BatchNorm2d norm);

    T Relu(T x);

    T Add(T x, T y);

    T MaxPool(T x, Pooling pool);

    /// <summary>Padding does not count towards the average.</summary>
    T AveragePool(T x, Pooling pool);

    /// <summary>[N, C, H, W] -> [N, C].</summary>
    T GlobalAveragePool(T x);

    /// <summary>[N, in] -> [N, out].</summary>
    T Linear(T x, Linear linear);

    /// <summary>A part of the network as one step.</summary>
    T Run(Layer layer, T x) => layer.Dataflow(this, x);
}

/// <summary>The window of a pooling, in pixels. A window of one pixel with stride 1 is the identity.</summary>
internal readonly record struct Pooling(int Kernel, int Stride, int Padding = 0)
{
    /// <summary>After every stem: 3x3, stride 2.</summary>
    public static Pooling Stem { get; } = new(Kernel: 3, Stride: 2, Padding: 1);

    /// <summary>Whether the last window may reach over the edge, so that the output's size is rounded up.</summary>
    public bool CeilMode { get; init; }

    public bool IsIdentity => (Kernel, Stride) == (1, 1);

    public int OutputSize(int size)
    {
        int room = size + 2 * Padding - Kernel;
        return (CeilMode ? (room + Stride - 1) / Stride : room / Stride) + 1;
    }
}
