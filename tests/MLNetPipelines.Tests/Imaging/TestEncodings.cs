using System.Text.Json;

namespace ResNetMLNet.MLNetPipelines.Tests.Imaging;

/// <summary>The images in Data/encodings, and what Pillow makes of them.</summary>
internal static class TestEncodings
{
    private static readonly string folder = Path.Combine(TestImages.Folder, "encodings");

    public static IReadOnlyDictionary<string, Expectation> All { get; } = JsonSerializer.Deserialize<Dictionary<string, Expectation>>(
        File.ReadAllBytes(PathOf("expected.json")), JsonSerializerOptions.Web)!;

    public static string PathOf(string name) => Path.Combine(folder, name);

    /// <summary>[height, width, 3].</summary>
    public static byte[] Rgb(DecodedImage image) => [.. image.Pixels.ToArray().Where((_, i) => i % DecodedImage.BytesPerPixel < 3)];

    public static DecodedImage Decode(string name, double enough = double.PositiveInfinity) =>
        ImageDecoder.DecodeFile(PathOf(name), pixelLimit: 100_000_000, enough);

    /// <param name="Width">Upright.</param>
    /// <param name="Height">Upright.</param>
    /// <param name="Sha256">Of the RGB bytes.</param>
    /// <param name="Mean">By channel.</param>
    /// <param name="Refused">The exception, where Pillow refuses the file; the rest is then missing.</param>
    internal sealed record Expectation(int Width, int Height, string? Sha256, double[]? Mean, string? Refused);
}
