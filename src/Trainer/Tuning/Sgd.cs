using ResNetMLNet.Backbones.Operators;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Stochastic gradient descent with Nesterov's momentum (Sutskever et al. 2013, section 2, in PyTorch's form); with momentum 0, plain descent.
/// </summary>
internal sealed class Sgd(IEnumerable<MomentOptimizer.Group> groups, double momentum) : MomentOptimizer(groups, momentum > 0 ? 1 : 0)
{
    protected override void Move(Tensor parameter, Tensor gradient, Moments moments, double learningRate, double weightDecay)
    {
        Tensor direction = weightDecay > 0 ? gradient.Plus(parameter, weightDecay) : gradient;
        if (momentum > 0) direction = direction.Plus(moments[0].MultiplyInPlace(momentum).AddInPlace(direction, 1), momentum);
        parameter.AddInPlace(direction, -learningRate);
    }
}
