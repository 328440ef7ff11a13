using ResNetMLNet.Backbones;
using ResNetMLNet.MLNetPipelines;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace ResNetMLNet.Trainer;

/// <summary>A backbone and the classifier that it is trained with.</summary>
internal sealed class TunedNetwork : nn.Module<Tensor, Tensor>
{
    private readonly Backbone backbone;
    private readonly Linear fc;
    private readonly bool unitLength;

    /// <param name="backbone">A network without classifier, which this one owns from now on.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <param name="head">
    /// Weights to start with, fitted on features of unit length; null for fresh ones on the features as they are.
    /// </param>
    public TunedNetwork(Backbone backbone, int classes, LinearHead? head) : base(nameof(TunedNetwork))
    {
        this.backbone = backbone;
        unitLength = head is not null;
        fc = nn.Linear(backbone.Spec.FeatureWidth, classes);
        RegisterComponents();
        if (head is null) return;
        using IDisposable noGradient = no_grad();
        using Tensor weight = tensor(head.Weights.SelectMany(row => row).ToArray(), [classes, backbone.Spec.FeatureWidth]), bias = tensor(
            head.Biases);
        fc.weight.copy_(weight);
        fc.bias!.copy_(bias);
    }

    public Backbone Backbone => backbone;

    /// <summary>The classifier's numbers: for features of unit length where it started with a head that was fitted on them.</summary>
    public LinearHead Head => new([.. Enumerable.Range(0, (int)fc.weight.shape[0]).Select(i => Numbers(fc.weight[i]))], Numbers(fc.bias!))
    {
        Steps = unitLength ? [FeatureStep.UnitLength] : [],
    };

    /// <summary>[N, 3, H, W], normalized -> logits [N, classes].</summary>
    public override Tensor forward(Tensor images) => Classify(backbone.Features(images));

    /// <summary>Features [N, width] -> logits [N, classes].</summary>
    public Tensor Classify(Tensor features)
    {
        using DisposeScope scope = NewDisposeScope();
        return fc.call(unitLength ? F.normalize(features) : features).MoveToOuterDisposeScope();
    }

    private static float[] Numbers(Tensor tensor)
    {
        using DisposeScope scope = NewDisposeScope();
        return [.. tensor.detach().cpu().data<float>()];
    }
}
