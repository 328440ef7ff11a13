using ResNetMLNet.Backbones.Operators;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2017, arXiv:1711.05101, algorithm 2), in PyTorch's order.</summary>
internal sealed class AdamW(IEnumerable<MomentOptimizer.Group> groups) : MomentOptimizer(groups, tensors: 2)
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    protected override void Move(Tensor parameter, Tensor gradient, Moments moments, double learningRate, double weightDecay)
    {
        parameter.MultiplyInPlace(1 - learningRate * weightDecay);
        Tensor mean = moments[0].MultiplyInPlace(Beta1).AddInPlace(gradient, 1 - Beta1);
        Tensor square = moments[1].MultiplyInPlace(Beta2).AddProductInPlace(gradient, gradient, 1 - Beta2);
        double meanScale = 1 - Math.Pow(Beta1, moments.Step), squareScale = 1 - Math.Pow(Beta2, moments.Step);
        Tensor spread = square.sqrt().DivideInPlace(Math.Sqrt(squareScale)).Plus(Epsilon);
        parameter.AddQuotientInPlace(mean, spread, -learningRate / meanScale);
    }
}
