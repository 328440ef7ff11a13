using SkiaSharp;

/// <summary>Images that are no photos: noise, flat colors, gradients, stripes, shapes, pages of text. The same ones every time.</summary>
internal static class OddImages
{
    private const int OfEachKind = 20, Width = 320, Height = 240;

    /// <summary>Those that a score is chosen by.</summary>
    public static IEnumerable<OddImage> ToChooseBy => [Noise, Gradient, Shapes];

    /// <summary>Those that its figures are quoted on.</summary>
    public static IEnumerable<OddImage> ToQuote => [Flat, Stripes, Text];

    /// <summary>Writes them as PNG files.</summary>
    /// <param name="kinds">How they are drawn.</param>
    /// <param name="folder">An empty folder.</param>
    public static IReadOnlyList<string> Write(IEnumerable<OddImage> kinds, string folder)
    {
        List<string> paths = [];
        foreach (OddImage draw in kinds)
        {
            for (int i = 0; i < OfEachKind; i++)
            {
                using SKBitmap bitmap = new(Width, Height);
                using (SKCanvas canvas = new(bitmap)) draw(canvas, new Random(i));
                paths.Add(Path.Combine(folder, $"{draw.Method.Name}-{i:D2}.png"));
                using FileStream file = File.Create(paths[^1]);
                bitmap.Encode(file, SKEncodedImageFormat.Png, 100);
            }
        }

        return paths;
    }

    private static void Noise(SKCanvas canvas, Random random)
    {
        int grain = 1 << random.Next(5);
        for (int y = 0; y < Height; y += grain)
        {
            for (int x = 0; x < Width; x += grain)
            {
                using SKPaint paint = Paint(random);
                canvas.DrawRect(x, y, grain, grain, paint);
            }
        }
    }

    private static void Flat(SKCanvas canvas, Random random) => canvas.Clear(Color(random));

    private static void Gradient(SKCanvas canvas, Random random)
    {
        using SKPaint paint = new();
        using SKShader shader = SKShader.CreateLinearGradient(
            Point(random), Point(random), [Color(random), Color(random), Color(random)], SKShaderTileMode.Mirror);
        paint.Shader = shader;
        canvas.DrawPaint(paint);
    }

    private static void Stripes(SKCanvas canvas, Random random)
    {
        canvas.Clear(Color(random));
        canvas.RotateDegrees(random.Next(180), Width / 2f, Height / 2f);
        using SKPaint paint = Paint(random);
        int step = random.Next(4, 60);
        for (int x = -Width; x < 2 * Width; x += 2 * step) canvas.DrawRect(x, -Width, step, 3 * Width, paint);
    }

    private static void Shapes(SKCanvas canvas, Random random)
    {
        canvas.Clear(Color(random));
        for (int i = random.Next(3, 20); i > 0; i--)
        {
            using SKPaint paint = Paint(random);
            SKPoint at = Point(random);
            if (random.Next(2) == 0) canvas.DrawCircle(at, random.Next(5, 60), paint);
            else canvas.DrawRect(at.X, at.Y, random.Next(5, 120), random.Next(5, 120), paint);
        }
    }

    private static void Text(SKCanvas canvas, Random random)
    {
        canvas.Clear(SKColors.White);
        using SKPaint paint = new() { Color = SKColors.Black, TextSize = random.Next(8, 24), IsAntialias = true };
        for (float y = paint.TextSize; y < Height; y += paint.TextSize * 1.3f)
            canvas.DrawText(string.Concat(Enumerable.Range(0, random.Next(10, 60)).Select(_ => (char)(random.Next(6) == 0 ? ' ' : random.Next('a', 'z' + 1)))), 8, y, paint);
    }

    private static SKPaint Paint(Random random) => new() { Color = Color(random) };

    private static SKColor Color(Random random) => new((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256));

    private static SKPoint Point(Random random) => new(random.Next(Width), random.Next(Height));
}

/// <summary>Draws an image by random numbers.</summary>
internal delegate void OddImage(SKCanvas canvas, Random random);
