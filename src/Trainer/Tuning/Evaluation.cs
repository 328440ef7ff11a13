using ResNetMLNet.Trainer.Data;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace ResNetMLNet.Trainer.Tuning;

/// <summary>Images to validate on, cut as the network takes them.</summary>
/// <param name="Images">Crops.</param>
/// <param name="Labels">A class index of each.</param>
internal sealed record Evaluation(ImageStore Images, IReadOnlyList<int> Labels)
{
    private const int BatchSize = 32;

    /// <summary>How good a network is on them.</summary>
    /// <param name="network">In evaluation mode; gives logits.</param>
    /// <param name="tensors">Normalizes.</param>
    /// <param name="mirror">Whether the logits of an image and of its mirror image are averaged.</param>
    public (double Accuracy, double LogLoss) Of(nn.Module<Tensor, Tensor> network, ImageTensors tensors, bool mirror)
    {
        using IDisposable noGradient = no_grad();
        int size = Images.Preprocessing!.ImageSize, right = 0;
        double lossSum = 0;
        byte[] batch = new byte[BatchSize * Batch.ImageLength(size)], buffer = [];
        foreach (int[] indices in Enumerable.Range(0, Images.Count).Chunk(BatchSize))
        {
            using DisposeScope scope = NewDisposeScope();
            foreach ((int place, int image) in indices.Index()) Images.Read(image, ref buffer).CopyTo(batch.AsSpan(place * Batch.ImageLength(size)));
            Tensor images = tensors.Of(batch, indices.Length, size), labels = tensors.Labels([.. indices.Select(i => Labels[i])]);
            Tensor logits = network.call(images);
            if (mirror) logits = (logits + network.call(images.flip(3))) / 2;
            right += (int)(logits.argmax(1) == labels).sum().item<long>();
            lossSum += F.cross_entropy(logits, labels, reduction: nn.Reduction.Sum).item<float>();
        }
        return ((double)right / Images.Count, lossSum / Images.Count);
    }
}
