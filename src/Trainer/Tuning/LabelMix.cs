using MathNet.Numerics.Distributions;
using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>
/// A batch as the network gets it: its images and their targets, blended with the batch in reverse order by mixup (Zhang et al. 2017,
/// arXiv:1710.09412) or CutMix (Yun et al. 2019, arXiv:1905.04899). With both, each has half the batches.
/// </summary>
/// <param name="Recipe">What is done.</param>
/// <param name="Targets">What is taught.</param>
internal sealed record LabelMix(Recipe Recipe, TuningTargets Targets)
{
    /// <summary>Blends.</summary>
    /// <param name="images">[N, 3, H, W].</param>
    /// <param name="labels">[N], as <see cref="TuningTargets.Of"/> takes them.</param>
    /// <param name="random">Decides how; the same one gives the same batch.</param>
    /// <returns>Images of the same shape, and targets [N, outputs].</returns>
    public (Tensor Images, Tensor Targets) Apply(Tensor images, double[] labels, Random random)
    {
        Tensor targets = Targets.Of(labels, images.device);
        bool cut = Recipe.CutMix > 0 && (Recipe.Mixup == 0 || random.NextDouble() < 0.5);
        double alpha = cut ? Recipe.CutMix : Recipe.Mixup;
        if (alpha == 0) return (images, targets);

        double kept = Beta.Sample(random, alpha, alpha);
        Tensor others = images.flip(0);
        if (cut)
        {
            (int height, int width) = ((int)images.shape[2], (int)images.shape[3]);
            Box box = Box.Random(height, width, 1 - kept, random);
            Tensor cutImages = images.clone();
            cutImages[.., .., box.Top..box.Bottom, box.Left..box.Right] = others[.., .., box.Top..box.Bottom, box.Left..box.Right];
            images = cutImages;
            kept = 1 - (double)box.Area / (height * width); // at the edge the box is smaller than was drawn
        }
        else
        {
            images = images.Times(kept).Plus(others.Times(1 - kept));
        }
        return (images, Targets.Blend(targets, targets.flip(0), kept));
    }

    /// <summary>A rectangle of an image, in pixels.</summary>
    private readonly record struct Box(int Top, int Bottom, int Left, int Right)
    {
        public int Area => (Bottom - Top) * (Right - Left);

        /// <summary>Of about so much of the area, of the image's shape, its middle anywhere.</summary>
        public static Box Random(int height, int width, double area, Random random)
        {
            double side = Math.Sqrt(area);
            int halfHeight = (int)(height * side) / 2, halfWidth = (int)(width * side) / 2, y = random.Next(height), x = random.Next(width);
            return new Box(
                Math.Max(0, y - halfHeight), Math.Min(height, y + halfHeight), Math.Max(0, x - halfWidth), Math.Min(width, x + halfWidth));
        }
    }
}
