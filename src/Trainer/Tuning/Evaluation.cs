using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace ResNetMLNet.Trainer;

/// <summary>How good a network is on images whose class is known.</summary>
/// <param name="Accuracy">0 to 1.</param>
/// <param name="LogLoss">Mean of -ln(probability of the true class).</param>
internal readonly record struct Evaluation(double Accuracy, double LogLoss)
{
    /// <param name="network">In evaluation mode.</param>
    /// <param name="loader">The images.</param>
    /// <param name="tensors">Normalizes.</param>
    /// <param name="mirror">Whether the features of an image and of its mirror image are averaged, as in an exported file.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static Evaluation Of(
        TunedNetwork network, EvaluationLoader loader, ImageTensors tensors, bool mirror, CancellationToken cancellationToken)
    {
        using IDisposable noGradient = no_grad();
        long images = 0, right = 0;
        double loss = 0;
        foreach (Batch batch in loader.Batches(cancellationToken))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor pixels = tensors.Of(batch), labels = tensors.Labels(batch), features = network.Backbone.Features(pixels);
            if (mirror) features = features.Plus(network.Backbone.Features(pixels.flip(3))).DividedBy(2);
            Tensor logits = network.Classify(features);
            images += batch.Count;
            right += (logits.argmax(1) == labels).sum().item<long>();
            loss += F.cross_entropy(logits, labels, reduction: nn.Reduction.Sum).item<float>();
        }
        return new Evaluation((double)right / images, loss / images);
    }
}
