using ResNetMLNet.Backbones.Operators;
using ResNetMLNet.MLNetPipelines;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>
/// What a network is taught to say of images: how many numbers it gives of one, what they should be, how wrong they are, and how good they
/// are on images to validate on. All else of a training is the same whatever is taught.
/// </summary>
internal abstract class TuningTargets
{
    /// <summary>Numbers that the network gives of an image.</summary>
    public abstract int Outputs { get; }

    /// <summary>The labels of images as numbers, which the loaders pass on.</summary>
    /// <exception cref="InvalidDataException">An image has a label that is not taught.</exception>
    public abstract double[] LabelsOf(IReadOnlyList<LabeledImage> images);

    /// <summary>What the network should give of images.</summary>
    /// <param name="labels">[N], as the loaders have them: <see cref="Batch.Labels"/>.</param>
    /// <param name="device">Where the network is.</param>
    /// <returns>[N, <see cref="Outputs"/>].</returns>
    public abstract Tensor Of(double[] labels, Device device);

    /// <summary>The targets of blended images: by their parts.</summary>
    /// <param name="targets">Of the one images, [N, outputs].</param>
    /// <param name="others">Of the others.</param>
    /// <param name="kept">The part of the one images, 0 to 1.</param>
    public virtual Tensor Blend(Tensor targets, Tensor others, double kept) => targets.Times(kept).Plus(others.Times(1 - kept));

    /// <summary>What training minimizes: a mean over the batch.</summary>
    /// <param name="outputs">The network's, [N, outputs].</param>
    /// <param name="targets">[N, outputs].</param>
    public abstract Tensor Loss(Tensor outputs, Tensor targets);

    /// <summary>A head of a network that was trained, as it serves: in the labels' own unit.</summary>
    public virtual LinearHead ToOwnUnit(LinearHead head) => head;

    /// <summary>The way back: a head in the labels' own unit, as a network starts with it.</summary>
    public virtual LinearHead FromOwnUnit(LinearHead head) => head;

    /// <summary>Begins a validation.</summary>
    public abstract Evaluation Evaluate();
}
