using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.Backbones.Operators;
using ResNetMLNet.Backbones.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones;

/// <summary>
/// A network of the family: stem, four stages, global average pooling, classifier, for any <see cref="BackboneSpec"/>.
/// The state_dict has PyTorch's names and shapes, so weights of torchvision and timm fit.
/// </summary>
public sealed class Backbone : nn.Module<Tensor, Tensor>
{
    private readonly Layer stem;
    private readonly Stage[] stages;
    private readonly Linear? fc;

    /// <summary>
    /// Makes the network with fresh weights: He's normal initialization (arXiv:1502.01852) from torch's random generator. It knows nothing
    /// until it is trained or <see cref="LoadWeights"/> is called; <see cref="BackboneRegistry"/> makes pretrained ones.
    /// </summary>
    /// <param name="spec">What to build.</param>
    /// <param name="device">Where the parameters live; <c>torch.META</c> gives shapes without memory. The default is the CPU.</param>
    /// <exception cref="ArgumentException">The spec makes no sense; the message says which property.</exception>
    public Backbone(BackboneSpec spec, Device? device = null) : this(spec, device, initialize: true)
    {
    }

    /// <param name="spec">What to build.</param>
    /// <param name="device">Where the parameters live.</param>
    /// <param name="initialize">
    /// Whether convolutions get fresh weights, which costs more than to load others: without, all are to be replaced.
    /// </param>
    internal Backbone(BackboneSpec spec, Device? device, bool initialize) : base(spec.Name)
    {
        Spec = spec;
        stages = new Stage[4];
        try
        {
            SpecRules.Check(spec);
            var make = new LayerFactory(device, spec.Name, initialize);
            stem = spec.Stem.Create(make);
            int channels = spec.Stem.Channels;
            foreach ((int i, int depth) in spec.Depths.ToArray().Index())
            {
                int planes = spec.Planes << i;
                stages[i] = new Stage(spec, depth, new BlockPlace(channels, planes, BackboneSpec.StageStrides[i]), make);
                channels = planes * spec.Block.Expansion;
            }
            fc = spec.Classes == 0 ? null : make.Linear(channels, spec.Classes);
            new ShapeRules(spec).Check(this);
            RegisterComponents();
        }
        catch
        {
            foreach (Layer? part in stages.Prepend<Layer?>(stem)) part?.Dispose();
            Dispose();
            throw;
        }
    }

    /// <summary>What this network is.</summary>
    public BackboneSpec Spec { get; }

    /// <summary>Where the weights came from, in words; an exported file says it.</summary>
    public string WeightsOrigin { get; private set; } = "fresh";

    /// <summary>What the forward pass does otherwise in training mode.</summary>
    public TrainingForward WhileTraining { get; set; } = new();

    /// <summary>The logits; for a network without classifier the features.</summary>
    /// <param name="images">
    /// [N, 3, H, W], RGB, normalized by the spec's <see cref="InputSpec.Mean"/> and <see cref="InputSpec.Std"/>; H and W at least
    /// <see cref="BackboneSpec.OutputStride"/>.
    /// </param>
    /// <returns>[N, Classes], or [N, FeatureWidth] without classifier.</returns>
    /// <exception cref="ArgumentException">
    /// The tensor has another shape, or images are too small. In training mode also: a batch norm gets one value per channel, as for a
    /// single image of <see cref="BackboneSpec.OutputStride"/> pixels, or a single one in a network with attention.
    /// </exception>
    public override Tensor forward(Tensor images)
    {
        using DisposeScope scope = NewDisposeScope();
        CheckImages(images);
        TorchOperators op = Operators;
        Tensor features = Run(op, images).Features;
        return (fc is null ? features : Classify(op, features)).MoveToOuterDisposeScope();
    }

    /// <summary>The pooled features before the classifier.</summary>
    /// <param name="images">As for <see cref="forward"/>.</param>
    /// <returns>[N, FeatureWidth].</returns>
    public Tensor Features(Tensor images) => Features(images, Operators);

    internal Tensor Features(Tensor images, TorchOperators op)
    {
        using DisposeScope scope = NewDisposeScope();
        CheckImages(images);
        return Run(op, images).Features.MoveToOuterDisposeScope();
    }

    internal Device Device => parameters().First().device;

    /// <summary>
    /// What the stages <c>layer1</c> to <c>layer4</c> give, as in evaluation mode: in training mode too, batch norms use their running
    /// statistics and keep them. Gradients flow.
    /// </summary>
    /// <param name="images">As for <see cref="forward"/>.</param>
    /// <returns>Four tensors [N, C, H/s, W/s], s = 4, 8, 16, 32, or 1, 2, 4, 8 where the stem keeps the size.</returns>
    public IReadOnlyList<Tensor> Stages(Tensor images)
    {
        using DisposeScope scope = NewDisposeScope();
        CheckImages(images);
        return [.. Run(EvaluationOperators.Evaluation, images).Stages.Select(stage => stage.MoveToOuterDisposeScope())];
    }

    /// <summary>Replaces every weight, or, where the options say so, all but some; <see cref="WeightsOrigin"/> then says which.</summary>
    /// <param name="weights">
    /// All of the state_dict's names and shapes, in any floating-point type; <c>num_batches_tracked</c> may be absent, as before PyTorch
    /// 0.4.1.
    /// </param>
    /// <param name="options">What differences are taken; by default none.</param>
    /// <returns>What differed.</returns>
    /// <exception cref="InvalidDataException">
    /// Names are missing, unexpected or of another shape; the message lists them. Nothing was changed.
    /// </exception>
    public WeightLoadingReport LoadWeights(WeightSet weights, WeightLoadingOptions? options = null)
    {
        WeightLoadingReport report = weights.CopyTo(this, options ?? new WeightLoadingOptions());
        WeightsOrigin = string.Join(", ", new[] { weights.Origin, report.Choice, report.Classifier }.OfType<string>());
        return report;
    }

    /// <summary>
    /// Writes every weight under PyTorch's names, whole or not at all: what <see cref="LoadWeights"/> and torch.load read.
    /// </summary>
    /// <param name="path">
    /// <c>.safetensors</c>, or <c>.pth</c> or <c>.pt</c> for what torch.load reads; an existing file is replaced.
    /// </param>
    /// <exception cref="ArgumentException">The name ends otherwise.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveWeights(string path) => WeightsFile.Save(state_dict(), path);

    /// <summary>
    /// Sets the scale of the batch norm that ends each block's branch of convolutions to zero, so that training starts with every block
    /// passing its shortcut on (Goyal et al. 2017, arXiv:1706.02677, section 5.1; He et al. 2018, arXiv:1812.01187, section 3.1).
    /// </summary>
    public void ZeroResidualNorms()
    {
        var norms = new ResidualNorms();
        Run(norms, []);
        using IDisposable noGradient = no_grad();
        foreach (BatchNorm2d norm in norms.Found.Distinct()) norm.weight!.zero_();
    }

    internal FrozenNorms Norms => field ??= new FrozenNorms(this);

    private TorchOperators Operators => training
        ? new TrainingOperators(WhileTraining, Spec.Depths.ToArray().Sum(), Norms)
        : TorchOperators.Instance;

    private void CheckImages(Tensor images)
    {
        if (images.shape is not [_, 3, long height, long width])
            throw new ArgumentException(
                $"Backbone '{Spec.Name}' takes images of shape [N, 3, H, W], not [{string.Join(", ", images.shape)}].");
        SpecRules.CheckImageSize(Spec, Math.Min(height, width));
    }

    internal BackboneOutputs<T> Run<T>(IOperators<T> op, T x)
    {
        x = op.Run(stem, x);
        var outputs = new T[stages.Length];
        for (int i = 0; i < stages.Length; i++) outputs[i] = x = op.Run(stages[i], x);
        return new BackboneOutputs<T>(outputs, op.GlobalAveragePool(x));
    }

    internal T Classify<T>(IOperators<T> op, T features) => op.Linear(
        features, fc ?? throw new InvalidOperationException(
            $"Backbone '{Spec.Name}' has no classifier, so no logits; ask for its features."));

    /// <summary>By hand, since PyTorch's names have no "stem" before conv1 and bn1, and number the stages.</summary>
    protected override void RegisterComponents()
    {
        // A module that has this one as a part asks for it again.
        if (named_children().Any()) return;
        foreach ((string name, nn.Module part) in stem.named_children()) register_module(name, part);
        for (int i = 0; i < stages.Length; i++) register_module($"layer{i + 1}", stages[i]);
        if (fc is not null) register_module("fc", fc);
    }
}

/// <summary>What a run through a network gives, for any interpretation.</summary>
internal sealed record BackboneOutputs<T>(IReadOnlyList<T> Stages, T Features);
