using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Analysis;

/// <summary>What the papers say of their blocks, computed.</summary>
public static class BlockAnalysis
{
    /// <summary>Parameters of a convolution in groups: 1/groups of those without.</summary>
    /// <param name="inChannels">A multiple of <paramref name="groups"/>.</param>
    /// <param name="outChannels">A multiple of <paramref name="groups"/>.</param>
    /// <param name="kernel">Height and width in pixels.</param>
    /// <param name="groups">1 for an ordinary convolution; <paramref name="inChannels"/> for a depthwise one.</param>
    public static long ConvolutionParameters(int inChannels, int outChannels, int kernel, int groups)
    {
        using TorchSharp.Modules.Conv2d conv = new LayerFactory(META).Conv(inChannels, outChannels, kernel, groups: groups);
        return conv.weight.numel();
    }

    /// <summary>
    /// The part of its input's positions that the first block of layer2 reads, 0 to 1, found by the gradient of its output: a quarter where
    /// all of its strides are on 1x1 convolutions, all where a 3x3 has one (He et al. 2018, arXiv:1812.01187, section 4.1).
    /// </summary>
    /// <param name="spec">The network.</param>
    public static double BlockCoverage(BackboneSpec spec)
    {
        using Layer shortcut = spec.Shortcut.Create(InChannels(spec), 2 * InChannels(spec), stride: 2, new LayerFactory(null));
        using Layer block = spec.Block.Create(
            new BlockPlace(InChannels(spec), 2 * spec.Planes, Stride: 2), shortcut, new LayerFactory(null));
        return Coverage(block, InChannels(spec));
    }

    /// <summary>
    /// The part of its input's positions that the shortcut of that block reads: a quarter for a 1x1 with the stride, all for ResNet-D's
    /// average pool.
    /// </summary>
    /// <param name="spec">The network.</param>
    public static double ShortcutCoverage(BackboneSpec spec)
    {
        using Layer shortcut = spec.Shortcut.Create(InChannels(spec), 2 * InChannels(spec), stride: 2, new LayerFactory(null));
        return Coverage(shortcut, InChannels(spec));
    }

    /// <summary>
    /// The width in pixels of its input that each piece of a Res2Net block sees, in the order of the pieces: 3, 5, 7 ..., and 1 for the
    /// last, which passes as it is.
    /// </summary>
    /// <param name="block">The block; not the first of its stage, where the pieces stay apart.</param>
    /// <param name="planes">Planes of its stage.</param>
    public static IReadOnlyList<int> ReceptiveFields(Res2Net block, int planes = 64)
    {
        int channels = planes * block.Expansion;
        using var layer = new Res2NetBlock(block, new BlockPlace(channels, planes, Stride: 1), new Identity(), new LayerFactory(META));
        var operators = new CostOperators(layer);
        IReadOnlyList<CostValue> pieces = operators.Split(CostValue.Picture(block.Width(planes) * block.Scale, 56, 56), block.Scale);
        return [.. layer.Pieces(operators, pieces).Select(piece => piece.ReceptiveField)];
    }

    /// <summary>
    /// The weights that a network's split attention or selective kernels give: one tensor [choices, N, C] for each block, over whose first
    /// dimension they sum to one. The caller disposes of them. Batch norms use their running statistics and keep them, in training mode
    /// too.
    /// </summary>
    /// <param name="backbone">A ResNeSt of radix 2 or more, or a selective-kernel network; others have none.</param>
    /// <param name="images">As for <see cref="Backbone.forward"/>.</param>
    public static IReadOnlyList<Tensor> AttentionWeights(Backbone backbone, Tensor images)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        var recorder = new AttentionRecorder();
        backbone.Run(recorder, images);
        return recorder.Weights;
    }

    private sealed class AttentionRecorder : EvaluationOperators
    {
        public List<Tensor> Weights { get; } = [];

        public override IReadOnlyList<Tensor> SoftmaxAcross(IReadOnlyList<Tensor> values)
        {
            IReadOnlyList<Tensor> weights = base.SoftmaxAcross(values);
            Weights.Add(stack([.. weights.Select(weight => weight.flatten(1))]).DetachFromDisposeScope());
            return weights;
        }
    }

    private static int InChannels(BackboneSpec spec) => spec.Planes * spec.Block.Expansion;

    private static double Coverage(Layer layer, int channels)
    {
        const int size = 16;
        using DisposeScope scope = NewDisposeScope();
        layer.eval();
        Tensor x = randn(1, channels, size, size).requires_grad_();
        layer.call(x).sum().backward();
        return x.grad!.abs().sum(1).IsPositive().to(ScalarType.Float64).mean().item<double>();
    }
}
