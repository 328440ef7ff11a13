using System.Text.Json;
using SkiaSharp;

namespace Trainer.Tests;

/// <summary>Where a model looks, on real flowers.</summary>
[TestClass]
public sealed class ExplainTests
{
    private readonly TemporaryFolder folder = new();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_flower_in_one_half_of_the_picture_is_seen_there(bool onTheRight)
    {
        string picture = folder[$"{onTheRight}.png"];
        WriteHalf(picture, "sunflowers/44079668_34dfee3da1_n.jpg", onTheRight);
        CommandLine explain = CommandLine.Run("explain", FlowersModel.Folder, picture, "--class", "sunflowers", "--json");
        explain.AssertSucceeded();
        JsonElement map = JsonDocument.Parse(explain.Output).RootElement;
        int columns = map.GetProperty("columns").GetInt32();
        Assert.AreEqual(7, columns);
        double[] values = map.GetProperty("values").Deserialize<double[]>()!;
        double right = values.Where((_, i) => i % columns > columns / 2).Sum(), left = values.Where((_, i) => i % columns < columns / 2).Sum();
        Assert.IsGreaterThan(0.7, (onTheRight ? right : left) / (left + right));
    }

    [TestMethod]
    public void The_overlay_has_the_photos_size_and_the_ranking_is_that_of_predict()
    {
        string photo = Directory.EnumerateFiles(Path.Combine(TemporaryFolder.Flowers, "roses")).Order().First(), overlay = folder["overlays/rose.png"];
        CommandLine explain = CommandLine.Run("explain", FlowersModel.Folder, photo, "-o", overlay);
        explain.AssertSucceeded();
        using SKBitmap before = SKBitmap.Decode(photo), after = SKBitmap.Decode(overlay);
        Assert.AreEqual((before.Width, before.Height), (after.Width, after.Height));
        string[] lines = explain.Output.TrimEnd().Split('\n');
        Assert.HasCount(5, lines);
        StringAssert.Contains(CommandLine.Run("predict", FlowersModel.Folder, photo).Output, string.Join(", ", lines.Take(3).Select(line => $"{line[6..].TrimEnd()} {line[..5]}")));
    }

    [TestMethod]
    public void A_class_that_there_is_not_is_named() =>
        CommandLine.Run("explain", FlowersModel.Folder, "x.jpg", "--class", "orchids")
            .AssertFailed("The model has no class 'orchids'. Its classes are 'daisy', 'dandelion', 'roses', 'sunflowers', 'tulips'.");

    [TestMethod]
    public void A_missing_image_is_named() => CommandLine.Run("explain", FlowersModel.Folder, "nowhere.jpg").AssertFailed("The image 'nowhere.jpg' does not exist.");

    /// <summary>Grey, and in one half the photo's middle.</summary>
    private static void WriteHalf(string path, string photo, bool onTheRight)
    {
        using SKBitmap flower = SKBitmap.Decode(Path.Combine(TemporaryFolder.Flowers, photo)), picture = new(448, 448);
        using SKCanvas canvas = new(picture);
        canvas.Clear(new SKColor(128, 128, 128));
        int side = Math.Min(flower.Width / 2, flower.Height / 2);
        canvas.DrawBitmap(flower, SKRect.Create(flower.Width / 2 - side / 2, flower.Height / 2 - side, side, 2 * side), SKRect.Create(onTheRight ? 224 : 0, 0, 224, 448));
        using FileStream file = File.Create(path);
        picture.Encode(file, SKEncodedImageFormat.Png, quality: 100);
    }
}
