using TorchSharp.Modules;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>
/// The operators that the architectures are written in. <typeparamref name="T"/> is what flows between them: a tensor where the network
/// runs, a name and a shape where it is written as ONNX, a shape where its cost is counted.
/// </summary>
/// <typeparam name="T">What flows between the operators.</typeparam>
public interface IOperators<T>
{
    /// <summary>A convolution, [N, in, H, W] -> [N, out, H', W'].</summary>
    T Conv(T x, Conv2d conv);

    /// <summary>A batch norm; in an exported file it becomes part of the convolution before it.</summary>
    T BatchNorm(T x, BatchNorm2d norm);

    /// <summary>
    /// The larger of x and 0, written over x: nothing else may use x, and x may not be a layer's input or come from <see cref="Sigmoid"/>,
    /// <see cref="Split"/>, <see cref="SoftmaxAcross"/> or another ReLU. A network that does so is refused when it is made.
    /// </summary>
    T Relu(T x);

    /// <summary>1 / (1 + exp(-x)).</summary>
    T Sigmoid(T x);

    /// <summary>The sum of two maps of the same shape.</summary>
    T Add(T x, T y);

    /// <summary>[N, C, H, W] times a gate [N, C, 1, 1].</summary>
    T Multiply(T x, T gate);

    /// <summary>[N, C, H, W] -> so many [N, C/parts, H, W], in the order of the channels.</summary>
    IReadOnlyList<T> Split(T x, int parts);

    /// <summary>Joins channels in the order given.</summary>
    T Concat(IReadOnlyList<T> parts);

    /// <summary>A softmax over the list, channel by channel: of values [N, C, 1, 1], results of the same shape that sum to one.</summary>
    IReadOnlyList<T> SoftmaxAcross(IReadOnlyList<T> values);

    /// <summary>The largest value of each window.</summary>
    T MaxPool(T x, Pooling pool);

    /// <summary>The mean of each window.</summary>
    T AveragePool(T x, Pooling pool);

    /// <summary>[N, C, H, W] -> [N, C, 1, 1].</summary>
    T SpatialMean(T x);

    /// <summary>[N, C, H, W] -> [N, C].</summary>
    T GlobalAveragePool(T x);

    /// <summary>[N, in] -> [N, out].</summary>
    T Linear(T x, Linear linear);

    /// <summary>A part of the network as one step.</summary>
    T Run(Layer layer, T x) => layer.Dataflow(this, x);

    /// <summary>
    /// What a block ends with: its branch of convolutions added to its shortcut. Stochastic depth drops the branch, and
    /// <see cref="Backbone.ZeroResidualNorms"/> starts it at zero.
    /// </summary>
    T Residual(T branch, T shortcut) => Add(branch, shortcut);

    /// <summary>The sum of one or more maps of the same shape.</summary>
    T Sum(IReadOnlyList<T> values) => values.Aggregate(Add);

    /// <summary>The sum of the values, each multiplied by its gate.</summary>
    T WeightedSum(IReadOnlyList<T> values, IReadOnlyList<T> gates) => Sum([.. values.Zip(gates, Multiply)]);
}

/// <summary>The window of a pooling, in pixels. A window of one pixel with stride 1 is the identity.</summary>
/// <param name="Kernel">Side of the window.</param>
/// <param name="Stride">Pixels between two windows.</param>
/// <param name="Padding">Pixels added on each side.</param>
public readonly record struct Pooling(int Kernel, int Stride, int Padding = 0)
{
    /// <summary>After every stem: 3x3, stride 2.</summary>
    public static Pooling Stem { get; } = new(Kernel: 3, Stride: 2, Padding: 1);

    /// <summary>No pooling.</summary>
    public static Pooling None { get; } = new(Kernel: 1, Stride: 1);

    /// <summary>Whether padding counts towards an average, as zeros.</summary>
    public bool CountPadding { get; init; }

    /// <summary>Whether the last window may reach over the edge, so that the output's size is rounded up.</summary>
    public bool CeilMode { get; init; }

    /// <summary>Whether its output is its input.</summary>
    public bool IsIdentity => (Kernel, Stride) == (1, 1);

    /// <summary>How many windows there are along a side.</summary>
    /// <param name="size">The side of the input in pixels.</param>
    public int OutputSize(int size)
    {
        int room = size + 2 * Padding - Kernel;
        return (CeilMode ? (room + Stride - 1) / Stride : room / Stride) + 1;
    }
}
