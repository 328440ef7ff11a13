using ResNetMLNet.Backbones.Operators;
using ResNetMLNet.MLNetPipelines;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace ResNetMLNet.Trainer;

/// <summary>Labels as targets, of which an image has any number: a logit each. What the loaders pass on is the number of an image's set of labels.</summary>
/// <param name="names">The labels, in the order of the network's outputs.</param>
/// <param name="smoothing">How far targets are from 0 and 1: half of it.</param>
internal sealed class LabelTargets(IReadOnlyList<string> names, double smoothing) : TuningTargets
{
    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);
    private readonly List<float[]> sets = [];

    public override int Outputs => names.Count;

    public override double[] LabelsOf(IReadOnlyList<LabeledImage> images) => [.. images.Select(image =>
    {
        if (!numbers.TryGetValue(image.Label, out int number))
        {
            HashSet<string> has = [.. LabelSet.Parse(image.Label)];
            numbers.Add(image.Label, number = sets.Count);
            sets.Add([.. names.Select(name => has.Contains(name) ? 1f : 0)]);
        }
        return (double)number;
    })];

    public override Tensor Of(double[] labels, Device device) => Exact(labels, device).Times(1 - smoothing).Plus(smoothing / 2);

    /// <summary>The labels of both of two blended images count as present, whatever their parts (Wightman et al. 2021, arXiv:2110.00476, section 3).</summary>
    public override Tensor Blend(Tensor targets, Tensor others, double kept) => kept < 1 ? targets.maximum(others) : targets;

    /// <summary>Binary cross-entropy with logits: the sum over the labels, as the head is fitted by, and the mean over the images.</summary>
    public override Tensor Loss(Tensor outputs, Tensor targets) => Each(outputs, targets).mean();

    public override LinearHead ToOwnUnit(LinearHead head) => head with { Link = HeadLink.Sigmoid };

    public override Evaluation Evaluate() => new LabelEvaluation(names, this);

    /// <summary>Which labels each image has, [N, labels] of 0 and 1.</summary>
    public Tensor Exact(double[] labels, Device device) =>
        tensor(labels.SelectMany(number => sets[(int)number]).ToArray(), [labels.Length, names.Count], device: device);

    /// <summary>The loss of each image, [N].</summary>
    public static Tensor Each(Tensor outputs, Tensor targets) =>
        F.binary_cross_entropy_with_logits(outputs, targets, reduction: nn.Reduction.None).sum(dim: 1);
}
