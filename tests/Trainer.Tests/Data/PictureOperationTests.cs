using System.Text.Json;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Data;

/// <summary>Pixels after each operation against Pillow's, which Pillow/make.py wrote; no tolerance.</summary>
[TestClass]
public sealed class PictureOperationTests
{
    private static readonly JsonDocument operations = Read("operations.json");

    public static IEnumerable<object[]> Cases => operations.RootElement.GetProperty("cases").EnumerateArray().Select((entry, i) =>
        new object[] { i, Enum.Parse<PictureOperation>(entry.GetProperty("operation").GetString()!), entry.GetProperty("magnitude").GetDouble() });

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Pixels_are_those_of_Pillow(int number, object operation, double magnitude)
    {
        int size = operations.RootElement.GetProperty("size").GetInt32();
        byte[] pixels = operations.RootElement.GetProperty("picture").GetBytesFromBase64();
        byte[] expected = operations.RootElement.GetProperty("cases")[number].GetProperty("expected").GetBytesFromBase64();
        PictureOperations.Apply((PictureOperation)operation, magnitude, pixels, size, new byte[pixels.Length]);
        CollectionAssert.AreEqual(expected, pixels);
    }

    [TestMethod]
    public void Every_operation_has_a_case() => CollectionAssert.AreEquivalent(
        Enum.GetValues<PictureOperation>().Where(operation => operation != PictureOperation.Identity).ToArray(),
        Cases.Select(entry => (PictureOperation)entry[1]).Distinct().ToArray());

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    public void Hues_are_turned_as_by_Pillow(int number)
    {
        using JsonDocument hues = Read("hues.json");
        JsonElement one = hues.RootElement.GetProperty("cases")[number];
        byte[] colors = hues.RootElement.GetProperty("colors").GetBytesFromBase64();
        HueShift.Apply(colors, one.GetProperty("turns").GetDouble());
        CollectionAssert.AreEqual(one.GetProperty("expected").GetBytesFromBase64(), colors);
    }

    [TestMethod]
    public void Identity_changes_nothing()
    {
        byte[] pixels = [1, 2, 3];
        PictureOperations.Apply(PictureOperation.Identity, 0, pixels, 1, new byte[3]);
        CollectionAssert.AreEqual(new byte[] { 1, 2, 3 }, pixels);
    }

    // A quarter turn counter-clockwise brings the right column to the top: a b / c d becomes b d / a c.
    [TestMethod]
    public void A_quarter_turn_is_counter_clockwise()
    {
        byte[] pixels = [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4];
        PictureOperations.Apply(PictureOperation.Rotate, 90, pixels, 2, new byte[12]);
        CollectionAssert.AreEqual(new byte[] { 2, 2, 2, 4, 4, 4, 1, 1, 1, 3, 3, 3 }, pixels);
    }

    [TestMethod]
    [DataRow(PictureOperation.AutoContrast)]
    [DataRow(PictureOperation.Equalize)]
    public void A_picture_of_one_colour_stays(object operation)
    {
        byte[] pixels = [.. Enumerable.Repeat(new byte[] { 10, 0, 255 }, 16).SelectMany(pixel => pixel)];
        byte[] before = [.. pixels];
        PictureOperations.Apply((PictureOperation)operation, 0, pixels, 4, new byte[pixels.Length]);
        CollectionAssert.AreEqual(before, pixels);
    }

    private static JsonDocument Read(string name) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", "Pillow", name)));
}
