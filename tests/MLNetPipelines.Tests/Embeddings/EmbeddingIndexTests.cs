
namespace ResNetMLNet.MLNetPipelines.Tests;

[TestClass]
public sealed class EmbeddingIndexTests
{
    [TestMethod]
    public void The_nearest_images_come_first_with_their_cosine()
    {
        EmbeddingIndex index = new([Image("right", 2, 0), Image("up", 0, 5), Image("diagonal", 1, 1)]);
        SimilarImage[] nearest = [.. index.Nearest([3, 0], 2)];
        CollectionAssert.AreEqual(new[] { "right", "diagonal" }, nearest.Select(image => image.Path).ToArray());
        Assert.AreEqual(1, nearest[0].Similarity, 1e-6);
        Assert.AreEqual(Math.Sqrt(0.5), nearest[1].Similarity, 1e-6);
    }

    /// <summary>Against the definition, on random vectors.</summary>
    [TestMethod]
    public void Search_finds_what_a_full_sort_finds()
    {
        var random = new Random(1);
        ImageFeatures[] images = [.. Enumerable.Range(0, 500).Select(i => Image($"{i}", Vector()))];
        float[] query = Vector();
        string[] expected = [.. images.OrderByDescending(image => Cosine(image.Features!, query)).Take(10).Select(image => image.Path)];
        CollectionAssert.AreEqual(expected, new EmbeddingIndex(images).Nearest(query, 10).Select(image => image.Path).ToArray());

        float[] Vector() => [.. Enumerable.Range(0, 64).Select(_ => random.NextSingle() - 0.5f)];
        static double Cosine(float[] x, float[] y) =>
            x.Zip(y, (a, b) => (double)a * b).Sum() / Math.Sqrt(x.Sum(a => (double)a * a) * y.Sum(b => (double)b * b));
    }

    [TestMethod]
    public void As_many_as_there_are_is_all_that_can_be_found()
    {
        Assert.HasCount(2, new EmbeddingIndex([Image("a", 1, 0), Image("b", 0, 1)]).Nearest([1, 0], int.MaxValue));
        Assert.IsEmpty(new EmbeddingIndex([]).Nearest([1, 0], int.MaxValue));
    }

    [TestMethod]
    public void Near_duplicates_are_the_pairs_above_the_threshold()
    {
        EmbeddingIndex index = new([Image("a", 1, 0), Image("b", 0, 1), Image("a again", 1, 0.01f)]);
        SimilarPair pair = index.NearDuplicates(0.99).Single();
        Assert.AreEqual(("a", "a again"), (pair.First, pair.Second));
    }

    [TestMethod]
    public void Images_that_could_not_be_read_are_left_out() =>
        Assert.AreEqual(1, new EmbeddingIndex([Image("a", 1, 0), new ImageFeatures("broken", null, "is truncated")]).Count);

    [TestMethod]
    public void Features_of_another_backbone_are_refused()
    {
        EmbeddingIndex index = new([Image("a", 1, 0)]);
        Assert.AreEqual(
            "The image has 3 features, those of the index have 2: they are of different backbones.",
            Assert.ThrowsExactly<ArgumentException>(() => index.Nearest([1, 2, 3], 1)).Message);
    }

    private static ImageFeatures Image(string path, params float[] features) => new(path, features, null);
}
