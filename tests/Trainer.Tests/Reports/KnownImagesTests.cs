using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Reports;

/// <summary>The part of images that are taken for known, where they set the limit themselves and where others did.</summary>
[TestClass]
public sealed class KnownImagesTests
{
    private readonly Random random = new(1);

    [TestMethod]
    public void Images_are_judged_by_the_limit_of_the_score()
    {
        LabeledFeatures[] images = Images(60);
        UnknownScore score = Fit(images, 0.5);
        double kept = images.Count(image => score.Of(image.Features) <= 1) / 60.0;
        Assert.IsLessThan(0.8, kept);
        Assert.AreEqual(new KnownImages(kept), KnownImages.Of(score, images));
        Assert.AreEqual(new KnownImages(kept, 0.5), KnownImages.Of(score, images, 0.5));
    }

    /// <summary>With all images kept, the greatest of each fold is beyond the limit of the others exactly where it is the greatest of all.</summary>
    [TestMethod]
    public void No_image_has_a_say_in_its_own_limit()
    {
        LabeledFeatures[] images = Images(60);
        int[] foldOf = [.. Enumerable.Range(0, 60).Select(i => i % 10)];
        UnknownScore score = Fit(images, 1);
        double[] ranked = [.. images.Select(image => score.Of(image.Features)).OrderDescending()];
        int greatest = Array.FindIndex(images, image => score.Of(image.Features) == ranked[0]);
        double least = images.Where((_, i) => foldOf[i] != foldOf[greatest]).Max(image => score.Of(image.Features));
        double expected = images.Count(image => score.Of(image.Features) <= least) / 60.0;
        Assert.IsLessThan(1, expected);
        Assert.AreEqual(new KnownImages(expected, 1), KnownImages.CrossFitted(score, images, foldOf, 1));
    }

    private static UnknownScore Fit(LabeledFeatures[] images, double keep) =>
        UnknownScore.Fit([.. images.Select(image => image.Features)], [.. images.Select(image => image.Label)], keep);

    private LabeledFeatures[] Images(int count) => [.. Enumerable.Range(0, count).Select(i => new LabeledFeatures(
        $"{i}", i % 2 == 0 ? "a" : "b", [(i % 2) + random.NextSingle(), 1 + random.NextSingle(), random.NextSingle()]))];
}
