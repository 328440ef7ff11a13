namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Images with several labels, divided.</summary>
[TestClass]
public sealed class LabelStratificationTests
{
    /// <summary>100 images, of which 40 have "a", 20 "b", 10 both, and 50 none.</summary>
    private static readonly string[][] labels =
        [.. Enumerable.Range(0, 100).Select(i => i < 10 ? ["a", "b"] : i < 40 ? ["a"] : i < 50 ? (string[])["b"] : [])];

    [TestMethod]
    public void Each_part_has_its_share_of_every_label()
    {
        int[] parts = LabelStratification.Of(labels, [0.8, 0.2], seed: 1);
        Assert.AreEqual((20, 8, 4), (parts.Count(part => part == 1), Count("a"), Count("b")));
        CollectionAssert.AreEqual(parts, LabelStratification.Of(labels, [0.8, 0.2], seed: 1));
        CollectionAssert.AreNotEqual(parts, LabelStratification.Of(labels, [0.8, 0.2], seed: 2));

        int Count(string label) => parts.Index().Count(image => image.Item == 1 && labels[image.Index].Contains(label));
    }

    [TestMethod]
    public void A_label_of_one_image_is_in_the_larger_part()
    {
        int[] parts = LabelStratification.Of([.. labels, ["rare"]], [0.8, 0.2], seed: 1);
        Assert.AreEqual(0, parts[^1]);
    }
}
