using ResNetMLNet.Trainer.Data;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace ResNetMLNet.Trainer.Tuning;

/// <summary>How good a network is on images whose class is known.</summary>
/// <param name="Accuracy">0 to 1.</param>
/// <param name="LogLoss">Mean of -ln(probability of the true class).</param>
internal readonly record struct Evaluation(double Accuracy, double LogLoss)
{
    /// <param name="network">In evaluation mode; gives logits.</param>
    /// <param name="loader">The images.</param>
    /// <param name="tensors">Normalizes.</param>
    /// <param name="mirror">Whether the logits of an image and of its mirror image are averaged.</param>
    public static Evaluation Of(nn.Module<Tensor, Tensor> network, EvaluationLoader loader, ImageTensors tensors, bool mirror)
    {
        using IDisposable noGradient = no_grad();
        long images = 0, right = 0;
        double loss = 0;
        foreach (Batch batch in loader.Batches(CancellationToken.None))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor pixels = tensors.Of(batch), labels = tensors.Labels(batch), logits = network.call(pixels);
            if (mirror) logits = (logits + network.call(pixels.flip(3))) / 2;
            images += batch.Count;
            right += (logits.argmax(1) == labels).sum().item<long>();
            loss += F.cross_entropy(logits, labels, reduction: nn.Reduction.Sum).item<float>();
        }
        return new Evaluation((double)right / images, loss / images);
    }
}
