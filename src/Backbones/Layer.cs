using ResNetMLNet.Backbones.Operators;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones;

/// <summary>
/// A part of a network. It writes its dataflow once, over any operator set; running it in torch, writing it as ONNX and counting its
/// cost are interpretations of that one definition. Fields that hold modules have PyTorch's names: they are the keys of the state_dict.
/// </summary>
internal abstract class Layer : nn.Module<Tensor, Tensor>
{
    protected Layer() : base(string.Empty)
    {
    }

    internal abstract T Dataflow<T>(IOperators<T> op, T x);

    public override Tensor forward(Tensor input) => TorchOperators.Instance.Run(this, input);
}

/// <summary>An absent part: gives what it gets.</summary>
internal sealed class Identity : Layer
{
    internal override T Dataflow<T>(IOperators<T> op, T x) => x;
}
