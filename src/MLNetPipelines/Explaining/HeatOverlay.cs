namespace ResNetMLNet.MLNetPipelines;

/// <summary>Paints a class activation map over its image.</summary>
internal static class HeatOverlay
{
    // How much of the colour hides the image where the map is highest, and how much light is left where the network does not look.
    private const float Strongest = 0.6f, Unseen = 0.45f;

    public static void Paint(RgbPicture picture, ClassActivationMap map)
    {
        float highest = map.Values.Max();
        ImageRegion seen = map.Seen;
        for (int y = 0; y < picture.Height; y++)
        {
            double row = ((y + 0.5) * map.ImageHeight / picture.Height - seen.Top) / seen.Height;
            for (int x = 0; x < picture.Width; x++)
            {
                double column = ((x + 0.5) * map.ImageWidth / picture.Width - seen.Left) / seen.Width;
                Span<byte> pixel = picture.Pixels.AsSpan(3 * (y * picture.Width + x), 3);
                if (row is < 0 or > 1 || column is < 0 or > 1)
                {
                    foreach (ref byte channel in pixel) channel = (byte)(channel * Unseen);
                }
                else if (highest > 0)
                {
                    float heat = At(map, column, row) / highest, opacity = Strongest * MathF.Sqrt(heat);
                    (float red, float green, float blue) = Turbo(heat);
                    pixel[0] = Mix(pixel[0], red);
                    pixel[1] = Mix(pixel[1], green);
                    pixel[2] = Mix(pixel[2], blue);

                    byte Mix(byte channel, float color) => (byte)(channel * (1 - opacity) + 255 * opacity * color + 0.5f);
                }
            }
        }
    }

    /// <summary>Between the four nearest positions; a position stands in the middle of its tile.</summary>
    private static float At(ClassActivationMap map, double column, double row)
    {
        (int left, int right, float across) = Between(column, map.Columns);
        (int top, int bottom, float down) = Between(row, map.Rows);
        return float.Lerp(float.Lerp(Value(top, left), Value(top, right), across),
            float.Lerp(Value(bottom, left), Value(bottom, right), across), down);

        float Value(int y, int x) => map.Values[y * map.Columns + x];
    }

    private static (int First, int Second, float Part) Between(double fraction, int count)
    {
        double place = Math.Clamp(fraction * count - 0.5, 0, count - 1);
        int first = (int)place;
        return (first, Math.Min(first + 1, count - 1), (float)(place - first));
    }

    /// <summary>
    /// The colour map Turbo, dark blue to green to dark red, each part 0 to 1, by its polynomials of degree 5
    /// (Mikhailov 2019, "Turbo, an improved rainbow colormap for visualization", Google AI Blog).
    /// </summary>
    private static (float Red, float Green, float Blue) Turbo(float x)
    {
        return (Polynomial(0.13572138f, 4.61539260f, -42.66032258f, 132.13108234f, -152.94239396f, 59.28637943f),
            Polynomial(0.09140261f, 2.19418839f, 4.84296658f, -14.18503333f, 4.27729857f, 2.82956604f),
            Polynomial(0.10667330f, 12.64194608f, -60.58204836f, 110.36276771f, -89.90310912f, 27.34824973f));

        float Polynomial(float a, float b, float c, float d, float e, float f) =>
            Math.Clamp(a + x * (b + x * (c + x * (d + x * (e + x * f)))), 0, 1);
    }
}
