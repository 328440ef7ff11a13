using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Checking;

/// <summary>What is wrong with images is found, and of 60 ordinary photos beside them none is.</summary>
[TestClass]
public sealed class DataCheckTests
{
    private static DataCheckReport Report => SpoiltPhotos.Report;

    [TestMethod]
    [DataRow(DataProblem.Unreadable, "train/daisy/broken.jpg")]
    [DataRow(DataProblem.Dark, "train/daisy/dark.png")]
    [DataRow(DataProblem.Bright, "train/daisy/bright.png")]
    [DataRow(DataProblem.Blurred, "train/daisy/blurred.png")]
    [DataRow(DataProblem.Tiny, "train/daisy/tiny.png")]
    [DataRow(DataProblem.OddShape, "train/daisy/wide.png")]
    [DataRow(DataProblem.Odd, "train/daisy/white.png")]
    [DataRow(DataProblem.ExactDuplicates, "train/daisy/copy.jpg")]
    [DataRow(DataProblem.Similar, "train/daisy/near.jpg")]
    [DataRow(DataProblem.NearDuplicates, "train/daisy/leak.jpg")]
    [DataRow(DataProblem.TwoClasses, "train/daisy/03.jpg", "train/roses/contradiction.jpg")]
    [DataRow(DataProblem.DoubtfulLabel, "train/daisy/mislabelled.jpg", "train/roses/contradiction.jpg")]
    public void The_spoilt_photo_is_found_and_no_other(string kind, params string[] paths) =>
        CollectionAssert.AreEqual(paths, SpoiltPhotos.Found(Report, kind), string.Join(", ", SpoiltPhotos.Found(Report, kind)));

    [TestMethod]
    public void Findings_come_by_kind_with_a_message_the_other_image_and_the_value()
    {
        string copied = Path.Combine(SpoiltPhotos.Folder, "train", "daisy", "01.jpg");
        string kept = Path.Combine(SpoiltPhotos.Folder, "val", "daisy", "18.jpg");
        Assert.AreEqual(
            new DataFinding(
                DataProblem.ExactDuplicates, Path.Combine(SpoiltPhotos.Folder, "train", "daisy", "copy.jpg"), $"The same bytes as '{copied}'.", "Keep one.")
            {
                Other = copied,
                Value = 1,
            }, Only(DataProblem.ExactDuplicates));
        DataFinding leak = Only(DataProblem.NearDuplicates), broken = Only(DataProblem.Unreadable);
        Assert.AreEqual(kept, leak.Other);
        StringAssert.Matches(
            leak.Message, new(@"^Nearly the same as '.*18\.jpg' \(similarity 0\.9\d\d\), which is in 'val': the figures on it are too good\.$"));
        Assert.AreEqual("The file is truncated.", broken.Message);
        Assert.AreEqual(DataProblem.Unreadable, Report.Findings[0].Kind);
        int changes = Report.Findings.Zip(Report.Findings.Skip(1)).Count(pair => pair.First.Kind != pair.Second.Kind);
        Assert.AreEqual(Report.ByKind.Count(), changes + 1, "findings of a kind are together");

        static DataFinding Only(string kind) => Report.Findings.Single(finding => finding.Kind == kind);
    }

    [TestMethod]
    public void A_class_of_one_and_unequal_classes_are_named()
    {
        CollectionAssert.IsSubsetOf(
            new[]
            {
                "Fewer than 5 images to train on: 'tulips' (1). Such a class is hardly learned.",
                "Class 'daisy' has 28 images to train on, 28.0 times as many as class 'tulips' with 1: the smaller is guessed too rarely.",
            },
            Report.Findings.Where(finding => finding.Path is null).Select(finding => finding.Message).ToArray());
    }

    [TestMethod]
    public void Leaving_out_what_the_table_lists_leaves_one_image_of_each_and_nothing_to_find()
    {
        using var folder = new TemporaryFolder();
        Report.WriteCsv(folder["exclude.csv"]);
        var exclusion = ImageExclusion.Read(folder["exclude.csv"]);
        Assert.IsFalse(exclusion.Contains(Path.Combine(SpoiltPhotos.Folder, "train", "daisy", "01.jpg")), "one of the copies stays");
        using ImageFeaturizer featurizer = SpoiltPhotos.OpenFeaturizer();
        using ImageDataSet rest = ImageDataSet.FromFolder(SpoiltPhotos.Folder).Without(exclusion);
        DataCheckReport again = DataCheck.Run(rest, featurizer);
        // The classifier that judges labels is another one without them.
        DataFinding[] left = [.. again.Findings.Where(finding => finding.Path is not null && finding.Kind != DataProblem.DoubtfulLabel)];
        Assert.IsEmpty(left, string.Join('\n', left.Select(finding => $"{finding.Path} {finding.Kind} {finding.Message}")));
        Assert.AreEqual(Report.Images - Report.Findings.Select(finding => finding.Path).OfType<string>().Distinct().Count(), again.Images);
    }

    [TestMethod]
    public void Images_without_classes_are_checked_but_for_their_labels()
    {
        using ImageFeaturizer featurizer = SpoiltPhotos.OpenFeaturizer();
        string daisies = Path.Combine(SpoiltPhotos.Folder, "train", "daisy");
        using var files = ImageFiles.Of(daisies);
        DataCheckReport report = DataCheck.Run(files, featurizer);
        CollectionAssert.Contains(report.NotChecked.ToArray(), "Labels were not checked: the images have none.");
        CollectionAssert.AreEqual(new[] { "train/daisy/near.jpg" }, SpoiltPhotos.Found(report, DataProblem.Similar));
        CollectionAssert.AreEqual(new[] { "train/daisy/broken.jpg" }, SpoiltPhotos.Found(report, DataProblem.Unreadable));
        Assert.IsFalse(
            report.Findings.Any(finding => finding.Kind is DataProblem.TwoClasses or DataProblem.DoubtfulLabel or DataProblem.SmallClasses));
    }

    [TestMethod]
    public void A_page_of_text_among_sunflowers_is_an_outlier_and_no_sunflower_is()
    {
        string page = Path.Combine(SpoiltPhotos.Folder, "page.png");
        using ImageFeaturizer featurizer = SpoiltPhotos.OpenFeaturizer();
        string[] photos = [.. ImageFolder.Files(Path.Combine(TemporaryFolder.Flowers, "sunflowers"))];
        using var data = ImageDataSet.FromImages(photos.Append(page).Select(path => new LabeledImage { ImagePath = path, Label = "sunflowers" }));
        CollectionAssert.AreEqual(new[] { "page.png" }, SpoiltPhotos.Found(DataCheck.Run(data, featurizer), DataProblem.Outlier));
    }

    [TestMethod]
    public void By_the_features_of_random_weights_copies_are_found_by_pixels_and_labels_not_judged()
    {
        using ImageFeaturizer featurizer = SpoiltPhotos.OpenFeaturizer();
        using var data = ImageDataSet.FromFolder(SpoiltPhotos.Folder);
        DataCheckReport report = DataCheck.Run(data, featurizer, new DataCheckOptions { Pretrained = false });
        CollectionAssert.AreEqual(new[] { "train/daisy/leak.jpg" }, SpoiltPhotos.Found(report, DataProblem.NearDuplicates));
        CollectionAssert.AreEqual(new[] { "train/daisy/near.jpg" }, SpoiltPhotos.Found(report, DataProblem.Similar));
        Assert.IsFalse(report.Findings.Any(finding => finding.Kind is DataProblem.DoubtfulLabel or DataProblem.Outlier));
        Assert.HasCount(1, report.NotChecked);
    }

    [TestMethod]
    public void Numbers_that_contradict_each_other_are_named_as_numbers()
    {
        string folder = Path.Combine(SpoiltPhotos.Folder, "train");
        using ImageFeaturizer featurizer = SpoiltPhotos.OpenFeaturizer();
        using var data = RegressionDataSet.FromImages(
        [
            (Path.Combine(folder, "daisy", "03.jpg"), 1.5),
            (Path.Combine(folder, "roses", "contradiction.jpg"), 7),
            (Path.Combine(folder, "roses", "04.jpg"), 7),
        ]);
        DataFinding[] findings = [.. DataCheck.Run(data, featurizer).Findings];
        Assert.HasCount(2, findings);
        Assert.IsTrue(findings.All(finding => finding.Kind == DataProblem.TwoValues));
        StringAssert.EndsWith(findings[1].Message, ", and they have different values, '1.5' and '7'.", string.Join('\n', findings.Select(finding => finding.Message)));
    }

    /// <summary>They are in temporary files, which nobody is told of.</summary>
    [TestMethod]
    public void Images_in_memory_are_known_by_their_place_and_are_left_out_by_it()
    {
        using var folder = new TemporaryFolder();
        (ReadOnlyMemory<byte> Content, string Label)[] images = [.. new[] { "00", "04", "00" }.Select(name =>
            ((ReadOnlyMemory<byte>)File.ReadAllBytes(Path.Combine(SpoiltPhotos.Folder, "train", "daisy", $"{name}.jpg")), "daisy"))];
        using var data = ImageDataSet.FromEncodedImages(images);
        using ImageFeaturizer featurizer = SpoiltPhotos.OpenFeaturizer();
        DataCheckReport report = DataCheck.Run(data, featurizer);
        DataFinding copy = report.Findings.Single(finding => finding.Kind == DataProblem.ExactDuplicates);
        string first = Path.Combine("train", "row-000000"), third = Path.Combine("train", "row-000002");
        Assert.AreEqual((third, first, $"The same bytes as '{first}'."), (copy.Path, copy.Other, copy.Message));
        report.SavePage(folder["check.html"]);
        Assert.IsFalse(File.ReadAllText(folder["check.html"]).Contains("cannot be read", StringComparison.Ordinal));
        DataCheckReport rest = DataCheck.Run(data.Without(ImageExclusion.Of([third])), featurizer);
        Assert.AreEqual((2, false), (rest.Images, rest.Findings.Any(finding => finding.Kind == DataProblem.ExactDuplicates)));
    }

    /// <summary>cleanlab's Datalab: above the upper quartile by 1.7 interquartile ranges.</summary>
    [TestMethod]
    public void Distances_are_those_to_the_ten_nearest()
    {
        // Angles of 0, 1, ... 39 degrees: the ten nearest of the first one are 1 to 10 away.
        float[][] features =
            [.. Enumerable.Range(0, 40).Select(i => new[] { MathF.Cos(i * MathF.PI / 180), MathF.Sin(i * MathF.PI / 180) })];
        var neighbours = Neighbours.Of(features, threshold: Math.Cos(1.5 * Math.PI / 180), progress: null, CancellationToken.None);
        Assert.AreEqual(Enumerable.Range(1, 10).Average(i => 1 - Math.Cos(i * Math.PI / 180)), neighbours.MeanDistances[0], 1e-6);
        Assert.AreEqual(Enumerable.Range(1, 5).Average(i => 1 - Math.Cos(i * Math.PI / 180)), neighbours.MeanDistances[20], 1e-6);
        CollectionAssert.AreEqual(new[] { 19 }, neighbours.EarlierCopies[20].Select(copy => copy.Image).ToArray());
        Assert.IsEmpty(neighbours.EarlierCopies[0]);
    }
}
