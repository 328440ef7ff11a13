using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>
/// Runs a network as in evaluation mode, whichever it is in: batch norms use their running statistics and leave them as they are.
/// </summary>
internal class EvaluationOperators : TorchOperators
{
    public static EvaluationOperators Evaluation { get; } = new();

    protected EvaluationOperators()
    {
    }

    public override Tensor BatchNorm(Tensor x, BatchNorm2d norm) =>
        F.batch_norm(x, norm.running_mean!, norm.running_var!, norm.weight, norm.bias, training: false, eps: norm.eps);
}
