using ResNetMLNet.Backbones.Operators;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>
/// LAMB: Adam's direction, and for each tensor a step in proportion to the tensor's own length (You et al. 2019, arXiv:1904.00962,
/// algorithm 2). Tensors without weight decay take Adam's step as it is, as timm has it.
/// </summary>
internal sealed class Lamb(IEnumerable<MomentOptimizer.Group> groups) : MomentOptimizer(groups, tensors: 2)
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-6;

    protected override void Move(Tensor parameter, Tensor gradient, Moments moments, double learningRate, double weightDecay)
    {
        Tensor mean = moments[0].MultiplyInPlace(Beta1).AddInPlace(gradient, 1 - Beta1);
        Tensor square = moments[1].MultiplyInPlace(Beta2).AddProductInPlace(gradient, gradient, 1 - Beta2);
        double meanScale = 1 / (1 - Math.Pow(Beta1, moments.Step)), squareScale = 1 / (1 - Math.Pow(Beta2, moments.Step));
        Tensor direction = mean.Times(meanScale) / square.Times(squareScale).sqrt_().Plus(Epsilon);
        double trust = 1;
        if (weightDecay > 0)
        {
            direction = direction.Plus(parameter.Times(weightDecay));
            double length = parameter.norm().item<float>(), step = direction.norm().item<float>();
            if (length > 0 && step > 0) trust = length / step;
        }
        parameter.AddInPlace(direction, -learningRate * trust);
    }
}
