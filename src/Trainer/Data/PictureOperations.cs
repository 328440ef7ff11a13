namespace ResNetMLNet.Trainer;

/// <summary>Performs <see cref="PictureOperation"/>s.</summary>
internal static class PictureOperations
{
    /// <summary>Changes a square picture in place.</summary>
    /// <param name="operation">What to do.</param>
    /// <param name="magnitude">How much, as the operation's description says.</param>
    /// <param name="pixels">[size, size, 3].</param>
    /// <param name="size">Height and width.</param>
    /// <param name="scratch">Room for a picture of this size.</param>
    public static void Apply(PictureOperation operation, double magnitude, Span<byte> pixels, int size, Span<byte> scratch)
    {
        switch (operation)
        {
            case PictureOperation.Identity:
                break;
            case PictureOperation.ShearX:
                AffineSampler.Apply([1, magnitude, 0, 0, 1, 0], pixels, size, scratch);
                break;
            case PictureOperation.ShearY:
                AffineSampler.Apply([1, 0, 0, magnitude, 1, 0], pixels, size, scratch);
                break;
            case PictureOperation.TranslateX:
                AffineSampler.Apply([1, 0, -(int)magnitude, 0, 1, 0], pixels, size, scratch);
                break;
            case PictureOperation.TranslateY:
                AffineSampler.Apply([1, 0, 0, 0, 1, -(int)magnitude], pixels, size, scratch);
                break;
            case PictureOperation.Rotate:
                AffineSampler.Apply(Rotation(magnitude, size), pixels, size, scratch);
                break;
            case PictureOperation.Brightness:
                ColorOperations.Brightness(pixels, 1 + magnitude);
                break;
            case PictureOperation.Saturation:
                ColorOperations.Saturation(pixels, 1 + magnitude);
                break;
            case PictureOperation.Contrast:
                ColorOperations.Contrast(pixels, 1 + magnitude);
                break;
            case PictureOperation.Sharpness:
                Sharpening.Apply(pixels, size, 1 + magnitude, scratch);
                break;
            case PictureOperation.Posterize:
                ColorOperations.Posterize(pixels, (int)magnitude);
                break;
            case PictureOperation.Solarize:
                ColorOperations.Solarize(pixels, magnitude);
                break;
            case PictureOperation.SolarizeAdd:
                ColorOperations.SolarizeAdd(pixels, (int)magnitude);
                break;
            case PictureOperation.Invert:
                ColorOperations.Solarize(pixels, threshold: 0);
                break;
            case PictureOperation.AutoContrast:
                HistogramOperations.AutoContrast(pixels);
                break;
            case PictureOperation.Equalize:
                HistogramOperations.Equalize(pixels);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(operation), operation, "There is no such operation.");
        }
    }

    // Pillow's Image.rotate: about the point between the middle pixels, sine and cosine rounded to 15 digits.
    private static double[] Rotation(double degrees, int size)
    {
        double radians = -degrees * Math.PI / 180, center = size / 2.0;
        double cosine = Math.Round(Math.Cos(radians), 15), sine = Math.Round(Math.Sin(radians), 15);
        return [cosine, sine, (cosine * -center) + (sine * -center) + center, -sine, cosine,
            (-sine * -center) + (cosine * -center) + center];
    }
}
