using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>
/// The factor on the loss in half precision, which keeps small gradients from becoming zero (Micikevicius et al. 2017, arXiv:1710.03740,
/// section 3.2).
/// </summary>
/// <param name="Factor">What the loss is multiplied by.</param>
/// <param name="Updates">Updates since one was left out.</param>
internal readonly record struct LossScaling(double Factor, int Updates)
{
    // As PyTorch's GradScaler.
    private const int UpdatesBetweenScales = 2000;

    /// <summary>The smallest factor: gradients that are beyond half precision even so are those of a training that has diverged.</summary>
    public const double Smallest = 1.0 / 1024;

    public static LossScaling First { get; } = new(65536, 0);

    /// <summary>Takes the factor out of the gradients.</summary>
    /// <param name="gradients">Changed in place.</param>
    /// <returns>
    /// Whether all are finite: otherwise the update is left out. And the scaling from then on, half of this one after such an update, twice
    /// this one after long without.
    /// </returns>
    public (bool Finite, LossScaling Next) Unscale(IEnumerable<Tensor> gradients)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope temporaries = NewDisposeScope();
        bool finite = true;
        foreach (Tensor gradient in gradients) finite &= gradient.MultiplyInPlace(1 / Factor).isfinite().all().item<bool>();
        if (!finite) return (false, new LossScaling(Factor / 2, 0));
        int updates = Updates + 1;
        return (true, new LossScaling(updates % UpdatesBetweenScales == 0 ? Factor * 2 : Factor, updates));
    }
}
