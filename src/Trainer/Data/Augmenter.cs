using System.Buffers.Binary;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>Makes the network's pixels of one picture after another. Not for two threads at once: it has buffers.</summary>
internal sealed class Augmenter(LoaderOptions options)
{
    // ImageNet's mean in bytes: after the normalization it is 0.
    private static readonly byte[] blot = [124, 116, 104];

    private readonly Augmentation augmentation = options.Augmentation;
    private byte[] rgba = [];
    private byte[] scratch = [];

    /// <param name="rgb">[height, width, 3].</param>
    /// <param name="width">Of the picture.</param>
    /// <param name="height">Of the picture.</param>
    /// <param name="random">What is random.</param>
    /// <param name="size">Height and width of the result.</param>
    /// <param name="pixels">[size, size, 3]: the result.</param>
    public void Apply(ReadOnlySpan<byte> rgb, int width, int height, RandomStream random, int size, Span<byte> pixels)
    {
        if (scratch.Length < pixels.Length) scratch = new byte[pixels.Length];
        Crop(rgb, width, height, ref random, size, pixels);
        if (random.Happens(augmentation.HorizontalFlip)) FlipRows(pixels, size);
        if (random.Happens(augmentation.VerticalFlip)) FlipColumns(pixels, size);
        if (augmentation.AutoAugment is { } auto)
        {
            foreach ((PictureOperation operation, double magnitude) in auto.Draw(size, ref random))
                PictureOperations.Apply(operation, magnitude, pixels, size, scratch);
        }

        if (augmentation.ColorJitter is { } jitter) Jitter(jitter, pixels, ref random);
        if (augmentation.Erasing is { } erasing) Erase(erasing.Draw(size, ref random), size, pixels);
    }

    private void Crop(ReadOnlySpan<byte> rgb, int width, int height, ref RandomStream random, int size, Span<byte> pixels)
    {
        (int left, int top, int cropWidth, int cropHeight) = augmentation.Crop is { } crop
            ? crop.Draw(width, height, ref random)
            : (0, 0, width, height);
        int length = cropWidth * cropHeight * DecodedImage.BytesPerPixel;
        if (rgba.Length < length) rgba = new byte[length];
        // Cut first and resized then, as by Pillow: what is outside of the crop has no part in its edges.
        for (int y = 0; y < cropHeight; y++)
            WithFourthChannel(rgb.Slice((((top + y) * width) + left) * 3, cropWidth * 3), rgba.AsSpan(
                y * cropWidth * DecodedImage.BytesPerPixel, cropWidth * DecodedImage.BytesPerPixel));
        CropWindow window = augmentation.Crop is null
            ? (options.Preprocessing with { ImageSize = size }).Window(width, height)
            : new CropWindow(size, size, 0, 0, size, size);
        Resampler.Resample(rgba.AsSpan(0, length), cropWidth, cropHeight, window, options.Preprocessing.Interpolation, pixels);
    }

    // The fourth byte is the next pixel's first, which the resampler leaves out.
    private static void WithFourthChannel(ReadOnlySpan<byte> rgb, Span<byte> rgba)
    {
        int last = (rgb.Length / 3) - 1;
        for (int x = 0; x < last; x++)
            BinaryPrimitives.WriteUInt32LittleEndian(rgba[(x * 4)..], BinaryPrimitives.ReadUInt32LittleEndian(rgb[(x * 3)..]));
        rgb[(last * 3)..].CopyTo(rgba[(last * 4)..]);
    }

    private static void FlipRows(Span<byte> pixels, int size)
    {
        for (int y = 0; y < size; y++)
        {
            Span<byte> row = pixels.Slice(y * size * 3, size * 3);
            row.Reverse();
            for (int x = 0; x < row.Length; x += 3) (row[x], row[x + 2]) = (row[x + 2], row[x]);
        }
    }

    private void FlipColumns(Span<byte> pixels, int size)
    {
        Span<byte> old = scratch.AsSpan(0, pixels.Length);
        pixels.CopyTo(old);
        for (int y = 0; y < size; y++) old.Slice((size - 1 - y) * size * 3, size * 3).CopyTo(pixels[(y * size * 3)..]);
    }

    private static void Jitter(ColorJitter jitter, Span<byte> pixels, ref RandomStream random)
    {
        Span<int> order = [0, 1, 2, 3];
        random.Shuffle(order);
        foreach (int part in order)
        {
            switch (part)
            {
                case 0 when jitter.Brightness > 0:
                    ColorOperations.Brightness(pixels, Factor(jitter.Brightness, ref random));
                    break;
                case 1 when jitter.Contrast > 0:
                    ColorOperations.Contrast(pixels, Factor(jitter.Contrast, ref random));
                    break;
                case 2 when jitter.Saturation > 0:
                    ColorOperations.Saturation(pixels, Factor(jitter.Saturation, ref random));
                    break;
                case 3 when jitter.Hue > 0:
                    HueShift.Apply(pixels, random.Uniform(-jitter.Hue, jitter.Hue));
                    break;
            }
        }

        static double Factor(double strength, ref RandomStream random) => random.Uniform(Math.Max(0, 1 - strength), 1 + strength);
    }

    private static void Erase((int Left, int Top, int Width, int Height) area, int size, Span<byte> pixels)
    {
        for (int y = area.Top; y < area.Top + area.Height; y++)
        {
            Span<byte> row = pixels.Slice(((y * size) + area.Left) * 3, area.Width * 3);
            for (int x = 0; x < row.Length; x++) row[x] = blot[x % 3];
        }
    }
}
