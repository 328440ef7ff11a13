using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Data;

/// <summary>Features are made up: images of a class point the same way, give or take a little.</summary>
[TestClass]
public sealed class DataProblemsTests
{
    private static readonly string[] classes = ["daisy", "roses", "tulips"];

    private readonly Random random = new(1);

    [TestMethod]
    public void A_clean_data_set_has_none() => Assert.IsEmpty(DataProblems.Find(Clean(20, "train"), Clean(5, "validation"), []));

    [TestMethod]
    public void An_image_nearly_the_same_on_both_sides_is_found_with_its_twin()
    {
        List<LabeledFeatures> train = Clean(10, "train"), validation = Clean(5, "validation");
        float[] nearly = [.. train[3].Features.Select(value => (value * 2) + 0.02f)];
        validation.Add(new LabeledFeatures("copy.jpg", "daisy", nearly));
        DataProblem problem = DataProblems.Find(train, validation, []).Single();
        Assert.AreEqual(DataProblem.NearDuplicates, problem.Kind);
        CollectionAssert.AreEqual(new[] { "copy.jpg", train[3].ImagePath }, problem.Paths.ToArray());
        StringAssert.Matches(problem.Message, new(@"^An image to validate on is nearly the same as one to train on \(similarity 0\.99\d|1\.000\), so the figures are too good\.$"));
        Assert.AreEqual("Keep both on one side of the split, or one of them only.", problem.Remedy);
    }

    [TestMethod]
    public void Wrong_labels_are_found_and_right_ones_are_not()
    {
        List<LabeledFeatures> images = Clean(30, "train");
        string[] wrong = ["train/daisy/4", "train/tulips/29"];
        images = [.. images.Select(image => wrong.Contains(image.ImagePath) ? image with { Label = "roses" } : image)];
        DataProblem[] problems = [.. DataProblems.Find(images, [], [])];
        CollectionAssert.AreEquivalent(wrong, problems.SelectMany(problem => problem.Paths).ToArray());
        DataProblem first = problems.Single(problem => problem.Paths[0] == wrong[0]);
        Assert.AreEqual(DataProblem.DoubtfulLabel, first.Kind);
        StringAssert.Matches(first.Message, new(
            @"^An image labelled 'roses' looks like 'daisy': a classifier that has not seen it gives that 0\.\d\d \(and 'roses' 0\.\d\d\), and 10 of the 10 images most like it are of other classes\.$"));
    }

    [TestMethod]
    public void A_wrong_label_among_the_images_to_validate_on_is_found_too()
    {
        List<LabeledFeatures> validation = Clean(6, "validation");
        validation[0] = validation[0] with { Label = "tulips" };
        Assert.AreEqual("validation/daisy/0", DataProblems.Find(Clean(20, "train"), validation, []).Single().Paths.Single());
    }

    /// <summary>Worked by hand: class 0 asks for (0.9 + 0.6 + 0.2) / 3 = 0.57, class 1 for (0.7 + 0.5) / 2 = 0.6.</summary>
    [TestMethod]
    public void A_class_is_confident_above_the_mean_of_its_own_images() => CollectionAssert.AreEqual(
        new[] { 0, 0, 1, 1, -1 },
        LabelDoubts.ConfidentClasses([[0.9f, 0.1f], [0.6f, 0.4f], [0.2f, 0.8f], [0.3f, 0.7f], [0.5f, 0.5f]], [0, 0, 0, 1, 1], classes: 2));

    [TestMethod]
    public void Files_with_the_same_bytes_are_found_whatever_their_names()
    {
        using var folder = new TemporaryFolder();
        string photos = folder.Photos("photos", 2, "daisy", "roses");
        string[] files = [.. Directory.EnumerateFiles(photos, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        File.Copy(files[0], folder["other.jpg"]);
        File.Copy(files[1], folder["b.jpg"]);
        LabeledFeatures[] train = [.. files.Select((file, i) => new LabeledFeatures(file, i < 2 ? "daisy" : "roses", Basis(i)))];
        DataProblem[] problems = [.. DataProblems.Find(train, [new LabeledFeatures(folder["b.jpg"], "daisy", Basis(1)), new LabeledFeatures(folder["other.jpg"], "roses", Basis(0))], [])
            .Where(problem => problem.Kind != DataProblem.SmallClasses)];
        CollectionAssert.AreEqual(new[] { DataProblem.TwoClasses, DataProblem.ExactDuplicates }, problems.Select(problem => problem.Kind).ToArray());
        CollectionAssert.AreEqual(new[] { files[0], folder["other.jpg"] }, problems[0].Paths.ToArray());
        Assert.AreEqual("2 files have the same bytes and are of different classes, 'daisy', 'roses'.", problems[0].Message);
        CollectionAssert.AreEqual(new[] { files[1], folder["b.jpg"] }, problems[1].Paths.ToArray());
        Assert.AreEqual("2 files have the same bytes. Some are trained on and some validated on, so the figures are too good.", problems[1].Message);

        static float[] Basis(int i) => [.. Enumerable.Range(0, 4).Select(k => k == i ? 1f : 0f)];
    }

    [TestMethod]
    public void Validating_on_the_images_trained_on_is_one_problem()
    {
        List<LabeledFeatures> images = Clean(10, "train");
        DataProblem problem = DataProblems.Find(images, images, []).Single();
        Assert.AreEqual(DataProblem.ExactDuplicates, problem.Kind);
        Assert.AreEqual("30 of the 30 images to validate on are trained on as well, so the figures are too good.", problem.Message);
    }

    [TestMethod]
    public void Unreadable_files_are_counted_by_their_reasons()
    {
        DataProblem problem = DataProblems.Find(Clean(10, "train"), [], [new("a.jpg", "is empty"), new("b.jpg", "is truncated"), new("c.jpg", "is empty")]).Single();
        Assert.AreEqual(DataProblem.Unreadable, problem.Kind);
        Assert.AreEqual("3 files could not be read ('is empty': 2, 'is truncated': 1).", problem.Message);
        CollectionAssert.AreEqual(new[] { "a.jpg", "b.jpg", "c.jpg" }, problem.Paths.ToArray());
    }

    [TestMethod]
    public void Images_of_one_color_are_named()
    {
        LabeledFeatures[] images = [.. Clean(10, "train")];
        images[1] = images[1] with { Warning = "is one flat color after decoding" };
        images[4] = images[4] with { Warning = "is one flat color after decoding" };
        DataProblem problem = DataProblems.Find(images, [], []).Single();
        Assert.AreEqual((DataProblem.Odd, "2 images: each is one flat color after decoding."), (problem.Kind, problem.Message));
        CollectionAssert.AreEqual(new[] { images[1].ImagePath, images[4].ImagePath }, problem.Paths.ToArray());
    }

    [TestMethod]
    public void Small_and_unbalanced_classes_are_named()
    {
        DataProblem[] problems = [.. DataProblems.Find([.. Images("daisy", 0, 13, "train"), .. Images("roses", 1, 4, "train")], [], [])];
        CollectionAssert.AreEqual(new[] { DataProblem.SmallClasses, DataProblem.Unbalanced }, problems.Select(problem => problem.Kind).ToArray());
        Assert.AreEqual("Fewer than 5 images to train on: 'roses' (4). Such a class is hardly learned.", problems[0].Message);
        Assert.AreEqual("Class 'daisy' has 13 images to train on, 3.2 times as many as class 'roses' with 4: the smaller is guessed too rarely.", problems[1].Message);
        Assert.AreEqual("Train with balanced class weights, or add images of the smaller.", problems[1].Remedy);
    }

    [TestMethod]
    public void Three_times_as_many_is_not_unbalanced_yet() =>
        Assert.IsEmpty(DataProblems.Find([.. Images("daisy", 0, 15, "train"), .. Images("roses", 1, 5, "train")], [], []));

    /// <summary>All images alike, as random weights see them, accuse nobody; a copy at another size and quality is found by its pixels.</summary>
    [TestMethod]
    public void Where_features_say_nothing_copies_are_found_by_their_pixels()
    {
        using var folder = new TemporaryFolder();
        string[] photos = [.. Directory.EnumerateFiles(TemporaryFolder.Flowers, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        LabeledFeatures[] images = [.. photos.Select((photo, i) => new LabeledFeatures(photo, Path.GetFileName(Path.GetDirectoryName(photo)!), [1, 1 + i * 1e-4f]))];
        LabeledFeatures[] train = [.. images.Where((_, i) => i % 4 != 0)], validation = [.. images.Where((_, i) => i % 4 == 0)];
        Assert.IsEmpty(DataProblems.Find(train, validation, [], pretrained: false));

        LabeledFeatures original = train[7];
        File.WriteAllBytes(folder["copy.jpg"], ImageThumbnail.Jpeg(original.ImagePath, 180));
        DataProblem problem = DataProblems.Find(train, [.. validation, original with { ImagePath = folder["copy.jpg"] }], [], pretrained: false).Single();
        Assert.AreEqual(DataProblem.NearDuplicates, problem.Kind);
        CollectionAssert.AreEqual(new[] { folder["copy.jpg"], original.ImagePath }, problem.Paths.ToArray());
    }

    [TestMethod]
    public void One_colour_is_like_nothing()
    {
        using var folder = new TemporaryFolder();
        using var bitmap = new SkiaSharp.SKBitmap(40, 40);
        bitmap.Erase(SkiaSharp.SKColors.Gray);
        using SkiaSharp.SKData png = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(folder["gray.png"], png.ToArray());
        Assert.IsNull(ImageSketches.Sketch(folder["gray.png"]));
    }

    private List<LabeledFeatures> Clean(int perClass, string name) => [.. classes.Index().SelectMany(entry => Images(entry.Item, entry.Index, perClass, name))];

    // 16 numbers: noise, and 1.5 more in a place of the class. Two of a class have similarities of about 0.6, of two classes of about 0.
    private IEnumerable<LabeledFeatures> Images(string label, int direction, int count, string name) => Enumerable.Range(0, count).Select(i =>
        new LabeledFeatures($"{name}/{label}/{i}", label, [.. Enumerable.Range(0, 16).Select(k => random.NextSingle() - 0.5f + (k == direction ? 1.5f : 0f))]));
}
