using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones;

/// <summary>
/// Evaluates a network in the precision that it is trained in, whichever mode it is in; no gradients flow. Weights are cast, and batch norms
/// folded into them, once: after they have changed another one is needed.
/// </summary>
public sealed class EvaluationForward : IDisposable
{
    private readonly Backbone backbone;
    private readonly FoldedOperators op;

    /// <param name="backbone">The network, which outlives this.</param>
    /// <param name="precision">What convolutions compute in; all else stays in single precision.</param>
    public EvaluationForward(Backbone backbone, TrainingPrecision precision)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        this.backbone = backbone;
        op = new FoldedOperators(backbone.Norms, precision.On(backbone.Device).Type());
    }

    /// <summary>The pooled features before the classifier.</summary>
    /// <param name="images">As for <see cref="Backbone.forward"/>.</param>
    /// <returns>[N, FeatureWidth], in single precision.</returns>
    /// <exception cref="ArgumentException">The tensor has another shape, or images are too small.</exception>
    public Tensor Features(Tensor images)
    {
        using IDisposable noGradient = no_grad();
        return backbone.Features(images, op);
    }

    /// <summary>Frees its weights; the network keeps its own.</summary>
    public void Dispose() => op.Dispose();
}
