using ResNetMLNet.Backbones;
using ResNetMLNet.Cli;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Tuning;

/// <summary>A training goes on with the images that it was started with, and with no others. What is in the files does not matter here.</summary>
[TestClass]
public sealed class DataRecordTests
{
    private readonly TemporaryFolder folder = new();

    private string Photos => folder["photos"];

    private string File(string name) => Path.Combine(Photos, name);

    [TestInitialize]
    public void Make()
    {
        foreach (string name in new[] { "daisy/1.jpg", "daisy/2.jpg", "daisy/3.jpg", "roses/1.jpg", "roses/2.jpg", "roses/3.jpg" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(File(name))!);
            System.IO.File.WriteAllText(File(name), name);
        }
    }

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    public void The_same_images_elsewhere_are_for_what_they_were_for()
    {
        DataRecord before = Record();
        folder.Move("photos", "elsewhere");

        TrainingImages images = Listed(folder["elsewhere"]).As(before, "results");

        string[] Names(IEnumerable<LabeledImage> of) => [.. of.Select(image => Path.GetRelativePath(folder["elsewhere"], image.ImagePath).Replace('\\', '/'))];
        CollectionAssert.AreEqual(new[] { "roses/3.jpg", "daisy/1.jpg", "roses/1.jpg" }, Names(images.Train));
        CollectionAssert.AreEqual(new[] { "daisy/2.jpg", "roses/2.jpg" }, Names(images.Validation!));
    }

    [TestMethod]
    [DataRow("added", "1 added ('roses/4.jpg')")]
    [DataRow("removed", "1 removed ('daisy/3.jpg')")]
    [DataRow("relabelled", "1 relabelled ('daisy/2.jpg' is 'roses/moved.jpg')")]
    [DataRow("renamed", "1 renamed ('daisy/2.jpg' is 'daisy/other.jpg')")]
    [DataRow("changed", "1 changed ('daisy/2.jpg')")]
    [DataRow("class", "4 added ('tulips/0.jpg', 'tulips/1.jpg', 'tulips/2.jpg', ...), 1 new as a class ('tulips')")]
    [DataRow("class renamed", "3 relabelled ('daisy/1.jpg' is 'marigold/1.jpg', 'daisy/2.jpg' is 'marigold/2.jpg', 'daisy/3.jpg' is 'marigold/3.jpg'), 1 new as a class ('marigold'), 1 gone as a class ('daisy')")]
    public void What_has_changed_is_said(string what, string said)
    {
        DataRecord before = Record();
        switch (what)
        {
            case "added": System.IO.File.WriteAllText(File("roses/4.jpg"), "new"); break;
            case "removed": System.IO.File.Delete(File("daisy/3.jpg")); break;
            case "relabelled": System.IO.File.Move(File("daisy/2.jpg"), File("roses/moved.jpg")); break;
            case "renamed": System.IO.File.Move(File("daisy/2.jpg"), File("daisy/other.jpg")); break;
            case "changed": System.IO.File.WriteAllText(File("daisy/2.jpg"), "DAISY/2.jpg"); break; // as long as before
            case "class renamed": Directory.Move(File("daisy"), File("marigold")); break;
            default:
                Directory.CreateDirectory(File("tulips"));
                for (int i = 0; i < 4; i++) System.IO.File.WriteAllText(File($"tulips/{i}.jpg"), $"tulip {i}");
                break;
        }
        Assert.AreEqual(
            $"The images are not those that the training in 'results' was started with: {said}. It would validate on images that it has trained on, or learn other classes. " +
            "Put them back as they were to go on with it; with other images, start anew with --force, or in another folder with --output.",
            Assert.ThrowsExactly<TrainingException>(() => Listed(Photos).As(before, "results")).MessageFor(OptionNames.Of));
    }

    [TestMethod]
    public void Images_to_validate_on_have_a_folder_of_their_own()
    {
        string validation = folder["validation"];
        Directory.CreateDirectory(Path.Combine(validation, "daisy"));
        System.IO.File.WriteAllText(Path.Combine(validation, "daisy", "1.jpg"), "another one of the same name");
        TrainingImages images = TrainingImages.Of(Job(Photos, validation));
        DataRecord before = Listed(Photos, validation).Used(images.Train, images.Validation!);
        CollectionAssert.AreEqual(new[] { "daisy/1.jpg" }, before.Validation.Select(image => image.Path).ToArray());
        Assert.IsEmpty(before.Unreadable);

        System.IO.File.Delete(File("daisy/1.jpg"));
        StringAssert.Contains(
            Assert.ThrowsExactly<TrainingException>(() => Listed(Photos, validation).As(before, "results")).MessageFor(OptionNames.Of),
            ": 1 removed ('daisy/1.jpg'). ");
    }

    [TestMethod]
    public void Where_weights_lie_and_what_computes_may_change_and_settings_may_not()
    {
        string weights = folder["w.safetensors"], moved = folder["moved.safetensors"];
        System.IO.File.WriteAllText(weights, "weights");
        TuningConfiguration before = Configuration(weights);
        System.IO.File.Move(weights, moved);
        Assert.AreEqual(Path.GetFullPath(weights), before.Weights);
        Assert.IsEmpty((Configuration(moved) with { Folder = "/elsewhere", Device = "cuda:1", ComputedOn = "cuda:1" }).DifferencesFrom(before));

        System.IO.File.WriteAllText(moved, "others");
        TuningConfiguration other = Configuration(moved) with { Seed = 2, ClassWeights = "balanced", ImageSize = 64, Resizing = Resizing.Squash, Recipe = before.Recipe with { Optimizer = OptimizerKind.AdamW } };
        CollectionAssert.AreEqual(
            new[] { $"--weights was {weights} and is {moved}", "--image-size was not given and is 64", "--resize was not given and is squash", "--seed was 1 and is 2", "--class-weights was none and is balanced", "--optimizer was sgd and is adamw" },
            other.DifferencesFrom(before).Select(difference => difference.Shown()).ToArray());
    }

    private static TuningConfiguration Configuration(string weights) =>
        TuningConfiguration.Of(Job("/photos", options: new TrainingOptions { Tune = Tune.All, Weights = InitialWeights.Named(weights) }), TorchSharp.torch.CPU);

    /// <summary>An order of its own, and a file that is not an image; through a file, as beside a checkpoint.</summary>
    private DataRecord Record()
    {
        LabeledImage Image(string name) => new() { ImagePath = File(name), Label = Path.GetDirectoryName(name)! };
        DataRecord record = Listed(Photos).Used([Image("roses/3.jpg"), Image("daisy/1.jpg"), Image("roses/1.jpg")], [Image("daisy/2.jpg"), Image("roses/2.jpg")]);
        CollectionAssert.AreEqual(new[] { "daisy/3.jpg" }, record.Unreadable.Select(image => image.Path).ToArray());
        var checkpoints = new CheckpointFolder(folder["checkpoints"]);
        checkpoints.SaveData(record);
        return checkpoints.LoadData()!;
    }

    private static ListedImages Listed(string photos, string? validation = null)
    {
        TrainingJob job = Job(photos, validation);
        return ListedImages.Of(job.Data, TrainingImages.Of(job), CancellationToken.None);
    }

    private static TrainingJob Job(string photos, string? validation = null, TrainingOptions? options = null) =>
        new(ImageDataSet.FromFolder(photos, validation), options ?? new TrainingOptions(), Progress: null);
}
