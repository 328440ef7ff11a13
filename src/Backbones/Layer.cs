using ResNetMLNet.Backbones.Operators;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones;

/// <summary>
/// A part of a network. It writes its dataflow once, over any operator set; running it in torch, writing it as ONNX and counting its
/// cost are interpretations of that one definition. Fields that hold modules have PyTorch's names: they are the keys of the state_dict.
/// </summary>
/// <remarks>The constructor of a layer of your own makes its modules with a <see cref="LayerFactory"/> and ends in <c>RegisterComponents()</c>.</remarks>
public abstract class Layer : nn.Module<Tensor, Tensor>
{
    /// <summary>A layer without modules yet.</summary>
    protected Layer() : base(string.Empty)
    {
    }

    /// <summary>
    /// What the layer computes, in calls of <paramref name="op"/> alone, always the same ones: it is run many times, by interpretations that
    /// compute nothing.
    /// </summary>
    /// <typeparam name="T">What flows: a tensor, a name in an ONNX graph, a shape.</typeparam>
    /// <param name="op">The operators.</param>
    /// <param name="x">The layer's input.</param>
    /// <returns>Its output.</returns>
    public abstract T Dataflow<T>(IOperators<T> op, T x);

    /// <summary>Runs the layer alone in torch.</summary>
    public override Tensor forward(Tensor input) => TorchOperators.Instance.Run(this, input);
}

/// <summary>An absent part: its output is its input.</summary>
public sealed class Identity : Layer
{
    /// <inheritdoc/>
    public override T Dataflow<T>(IOperators<T> op, T x) => x;
}
