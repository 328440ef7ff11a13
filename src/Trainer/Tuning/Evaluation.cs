using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>How good a network is on images to validate on, added up batch by batch.</summary>
internal abstract class Evaluation
{
    private readonly List<double> losses = [];

    /// <summary>Of each image, in the loader's order, without augmentation or smoothing.</summary>
    public IReadOnlyList<double> Losses => losses;

    /// <summary>Mean over the images.</summary>
    public double Loss => losses.Average();

    /// <summary>Runs the network on the images.</summary>
    /// <param name="network">In evaluation mode.</param>
    /// <param name="loader">The images.</param>
    /// <param name="tensors">Normalizes.</param>
    /// <param name="precision">What convolutions compute in.</param>
    /// <param name="mirror">Whether the features of an image and of its mirror image are averaged, as in an exported file.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public void Run(
        TunedNetwork network, EvaluationLoader loader, ImageTensors tensors, TrainingPrecision precision, bool mirror,
        CancellationToken cancellationToken)
    {
        using IDisposable noGradient = no_grad();
        using var backbone = new EvaluationForward(network.Backbone, precision);
        foreach (Batch batch in loader.Batches(cancellationToken))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor pixels = tensors.Of(batch), features = backbone.Features(pixels);
            if (mirror) features = features.Plus(backbone.Features(pixels.flip(3))).DividedBy(2);
            Tensor outputs = network.Classify(features);
            losses.AddRange(LossesOf(outputs, batch.Labels).cpu().data<float>().Select(loss => (double)loss));
            Add(outputs, batch.Labels);
        }
    }

    /// <summary>The figures as those of an epoch.</summary>
    public abstract TrainingEpoch At(EpochPlace place);

    /// <summary>The loss of each image, [N], float32.</summary>
    /// <param name="outputs">The network's, [N, outputs].</param>
    /// <param name="labels">[N].</param>
    protected abstract Tensor LossesOf(Tensor outputs, double[] labels);

    /// <summary>Adds a batch.</summary>
    /// <param name="outputs">The network's, [N, outputs].</param>
    /// <param name="labels">[N].</param>
    protected abstract void Add(Tensor outputs, double[] labels);
}

/// <summary>An epoch without its validation.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="TrainLoss">Mean over the epoch's images, as trained.</param>
/// <param name="LearningRate">The last stage's, at the epoch's end.</param>
/// <param name="Seconds">Of training until then.</param>
internal readonly record struct EpochPlace(int Epoch, double TrainLoss, double LearningRate, double Seconds);
