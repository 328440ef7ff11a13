using System.Text.Json;

namespace Trainer.Tests;

/// <summary>Photos found by what is in them.</summary>
[TestClass]
public sealed class SimilarTests
{
    private readonly TemporaryFolder folder = new();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    public void An_image_is_most_like_itself_and_then_like_its_kind()
    {
        string photos = folder.Photos("photos", 6, "daisy", "sunflowers");
        string query = Directory.EnumerateFiles(Path.Combine(photos, "sunflowers")).Order().First();
        CommandLine similar = CommandLine.Run("similar", query, photos, "--top", "3", "--json");
        similar.AssertSucceeded();
        using JsonDocument json = JsonDocument.Parse(similar.Output);
        JsonElement[] found = [.. json.RootElement.EnumerateArray()];
        Assert.HasCount(3, found);
        Assert.AreEqual(query, found[0].GetProperty("path").GetString());
        Assert.AreEqual(1, found[0].GetProperty("similarity").GetDouble(), 1e-5);
    }

    [TestMethod]
    public void A_copy_is_found_and_a_file_that_is_no_image_is_listed()
    {
        string photos = folder.Photos("photos", 4, "daisy", "sunflowers");
        string photo = Directory.EnumerateFiles(Path.Combine(photos, "daisy")).Order().First(), copy = Path.Combine(photos, "copy.jpg");
        File.Copy(photo, copy);
        File.WriteAllText(Path.Combine(photos, "notes.txt"), "no image");

        CommandLine duplicates = CommandLine.Run("duplicates", photos);

        duplicates.AssertSucceeded();
        Assert.AreEqual($"1.000 {copy} {photo}", duplicates.Output.Trim());
        StringAssert.Contains(duplicates.Errors, "notes.txt: not an image");
    }

    [TestMethod]
    public void A_query_that_is_no_image_is_named()
    {
        File.WriteAllText(folder["query.jpg"], "");
        CommandLine.Run("similar", folder["query.jpg"], TemporaryFolder.Flowers).AssertFailed($"'{folder["query.jpg"]}' is empty.");
    }
}
