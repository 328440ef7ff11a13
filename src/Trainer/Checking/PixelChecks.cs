using System.Globalization;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>Images that are odd whatever they show. The worst of each kind come first.</summary>
internal static class PixelChecks
{
    private const string Look = "Look at them, and leave out those that show nothing of what is to be learned.";

    public static IEnumerable<DataFinding> Of(IReadOnlyList<CheckedImage> images, int imageSize, DataCheckOptions options)
    {
        CheckedImage[] empty = [.. images.Where(image => image.Image.Warning is not null || image.Statistics.Entropy < options.Entropy)];
        CheckedImage[] others = [.. images.Except(empty)];
        CheckedImage[] dark = [.. Below(others, image => image.HighBrightness, options.Dark)];
        CheckedImage[] bright = [.. Below(others, image => -image.LowBrightness, -options.Bright)];
        // Blur cannot be told from darkness or fog: such images are reported once.
        IEnumerable<CheckedImage> blurred = Below(others.Except(dark).Except(bright), image => image.Sharpness, options.Sharpness);
        double usual = images.Count == 0 ? 0 : images.Select(image => image.Statistics.ShorterSide).Order().ElementAt(images.Count / 2);
        double size = Math.Min(options.Size * imageSize, usual / 2);
        return
        [
            .. empty.OrderBy(image => image.Statistics.Entropy).Select(Empty),
            .. dark.Select(image => Finding(DataProblem.Dark, image, image.Statistics.HighBrightness,
                $"99 % of the pixels are below {image.Statistics.HighBrightness:F2} of full brightness (dark: below {options.Dark}).", Look)),
            .. bright.Select(image => Finding(DataProblem.Bright, image, image.Statistics.LowBrightness,
                $"95 % of the pixels are above {image.Statistics.LowBrightness:F2} of full brightness (bright: above {options.Bright}).", Look)),
            .. blurred.Select(image => Finding(DataProblem.Blurred, image, image.Statistics.Sharpness,
                $"The sharpest part has a sharpness of {image.Statistics.Sharpness:F2} (blurred: below {options.Sharpness}).", Look)),
            .. Below(images, image => image.ShorterSide, size).Select(image => Finding(DataProblem.Tiny, image, image.Statistics.ShorterSide,
                $"The image has {image.Statistics.Width} x {image.Statistics.Height} pixels, and the network takes {imageSize} x {imageSize}.",
                "Find them in a larger size, or leave them out.")),
            .. Below(images, image => image.AspectRatio, options.AspectRatio).Select(image => Finding(
                DataProblem.OddShape, image, image.Statistics.AspectRatio,
                $"One side is {image.Statistics.AspectRatio:F2} of the other (odd: below {options.AspectRatio}).",
                "The network takes a square: crop them to what they show, or train on letterboxed images.")),
        ];

        DataFinding Empty(CheckedImage image)
        {
            double entropy = image.Statistics.Entropy;
            return Finding(DataProblem.Odd, image, entropy, image.Image.Warning is string warning
                ? $"The image {warning}."
                : (FormattableString)$"There is little in the image: its entropy is {entropy:F2} bits (without content: below {options.Entropy}).", Look);
        }
    }

    private static IEnumerable<CheckedImage> Below(
        IEnumerable<CheckedImage> images, Func<ImageStatistics, double> figure, double threshold) =>
        images.Where(image => figure(image.Statistics) < threshold).OrderBy(image => figure(image.Statistics));

    private static DataFinding Finding(string kind, CheckedImage image, double value, FormattableString message, string remedy) =>
        new(kind, image.Path, message.ToString(CultureInfo.InvariantCulture), remedy) { Value = DataFinding.Rounded(value) };
}
