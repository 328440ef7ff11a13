using System.Text.Json;
using ResNetMLNet.Trainer;

namespace Trainer.Tests;

/// <summary>Folders as people have them, and what the command makes of them.</summary>
[TestClass]
public sealed class FoldersTests
{
    // A network and images that train in a moment.
    private static readonly string[] Tiny = ["--backbone", "resnet10t", "--fresh", "--image-size", "32"];

    private readonly TemporaryFolder folder = new();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    public void A_data_set_in_parts_is_trained_on_one_and_validated_on_another()
    {
        folder.Photos("flowers/train", 6, "daisy", "roses");
        folder.Photos("flowers/val", 3, "daisy", "roses");
        folder.Photos("flowers/test", 2, "daisy", "roses");
        string flowers = folder["flowers"], train = Path.Combine(flowers, "train");
        File.WriteAllText(Path.Combine(train, "daisy", "Thumbs.db"), "");

        CommandLine training = CommandLine.Run(["train", flowers, "--output", folder["model"], "--json", .. Tiny]);

        training.AssertSucceeded();
        StringAssert.Contains(training.Errors,
            $"'{flowers}' holds the parts of a data set ('train', 'val', 'test'): training on '{train}', validating on '{Path.Combine(flowers, "val")}'. "
            + $"'{Path.Combine(flowers, "test")}' is left to measure the model on.");
        StringAssert.Contains(training.Errors, "Passed over 1 file or folder: made by the system (1).");
        using JsonDocument json = JsonDocument.Parse(training.Output);
        Assert.AreEqual("daisy roses", string.Join(' ', json.RootElement.GetProperty("classes").EnumerateArray()));
        Assert.AreEqual(12, json.RootElement.GetProperty("trainImages").GetInt32());
        Assert.AreEqual(6, json.RootElement.GetProperty("validationImages").GetInt32());
        Assert.AreEqual("made by the system", json.RootElement.GetProperty("passedOver")[0].GetProperty("reason").GetString());
        // The first photos of each class are in all parts.
        StringAssert.Contains(training.Errors, "warning: exact duplicates: 2 files have the same bytes. Some are trained on and some validated on");
        Assert.IsTrue(json.RootElement.GetProperty("problems").EnumerateArray().Any(problem => problem.GetProperty("kind").GetString() == "exact duplicates"));

        CommandLine evaluation = CommandLine.Run("evaluate", folder["model"], flowers, "--json");
        evaluation.AssertSucceeded();
        StringAssert.Contains(evaluation.Errors, $"measuring on '{Path.Combine(flowers, "test")}'.");
        Assert.AreEqual(4, JsonDocument.Parse(evaluation.Output).RootElement.GetProperty("validationImages").GetInt32());
    }

    [TestMethod]
    public void Other_images_to_validate_on_win_over_those_beside()
    {
        folder.Photos("flowers/train", 1, "daisy");
        folder.Photos("flowers/test", 1, "daisy");
        string train = Path.Combine(folder["flowers"], "train");
        Assert.AreEqual(new DataFolders(train, "others"), DataFolders.ToTrain(folder["flowers"], "others", progress: null));
        Assert.AreEqual(new DataFolders(train, Path.Combine(folder["flowers"], "test")), DataFolders.ToTrain(folder["flowers"], null, progress: null));
        Assert.AreEqual(new DataFolders(train, null), DataFolders.ToTrain(train, null, progress: null));
    }

    [TestMethod]
    public void A_class_without_images_is_an_error()
    {
        string photos = folder.Photos("photos", 2, "daisy", "roses");
        Directory.CreateDirectory(Path.Combine(photos, "tulips"));
        Train(photos).AssertFailed(
            $"Class 'tulips' has no images in '{photos}'. Add images, remove the folder, or leave such classes out with --allow-missing-classes.");
        string validation = folder.Photos("validation", 1, "daisy", "roses");
        Directory.Delete(Path.Combine(photos, "tulips"));
        Directory.CreateDirectory(Path.Combine(validation, "roses too"));
        Train(photos, "--validation", validation).AssertFailed(
            $"Class 'roses too' has no images in '{validation}'. Add images, remove the folder, or leave such classes out with --allow-missing-classes.");
    }

    [TestMethod]
    public void A_class_that_cannot_be_read_is_an_error_unless_classes_may_be_missing()
    {
        string photos = folder.Photos("photos", 4, "daisy", "roses"), damaged = Path.Combine(Directory.CreateDirectory(Path.Combine(photos, "tulips")).FullName, "1.jpg");
        File.WriteAllText(damaged, "not an image");
        CommandLine refused = Train(photos, Tiny);
        Assert.AreEqual(1, refused.ExitCode);
        StringAssert.Contains(refused.Errors, $"error: Class 'tulips' has no image that can be read, such as '{damaged}', which is ");

        CommandLine allowed = Train(photos, ["--allow-missing-classes", "--json", .. Tiny]);
        allowed.AssertSucceeded();
        StringAssert.Contains(allowed.Errors, "warning: missing classes: Class 'tulips' has images or a folder, and the model does not know it.");
        using JsonDocument json = JsonDocument.Parse(allowed.Output);
        Assert.AreEqual("missing classes", json.RootElement.GetProperty("problems")[0].GetProperty("kind").GetString());

        CommandLine evaluation = CommandLine.Run("evaluate", folder["model"], photos);
        Assert.AreEqual(1, evaluation.ExitCode, "a class that the model does not know");
        CommandLine.Run("evaluate", folder["model"], photos, "--allow-missing-classes").AssertSucceeded();
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void Results_go_beside_the_data_where_the_current_folder_lies_in_it()
    {
        string flowers = folder.Photos("flowers", 1, "daisy", "roses");
        Assert.AreEqual("flowers-model", OutputPlace.Default("model", flowers, null, Path.GetDirectoryName(flowers)));
        Assert.AreEqual("../flowers-model", OutputPlace.Default("model", flowers, null, flowers));
        Assert.AreEqual("../../flowers-model", OutputPlace.Default("model", flowers, null, Path.Combine(flowers, "daisy")));
        string inside = folder.Photos("flowers/val", 1, "daisy");
        Assert.AreEqual("../daisy-model", OutputPlace.Default("model", Path.Combine(flowers, "daisy"), flowers, flowers), "the images to validate on");
        Assert.AreEqual("flowers-sweep", OutputPlace.Default("sweep", inside, null, Path.GetDirectoryName(flowers)));
    }

    [TestMethod]
    public void Results_are_not_written_among_the_images()
    {
        string photos = folder.Photos("photos", 2, "daisy", "roses"), inside = Path.Combine(photos, "model");
        CommandLine.Run("train", photos, "--output", inside).AssertFailed(
            $"The results would lie in '{inside}', among the images of '{photos}', and be taken for a class the next time. Name a folder outside with --output.");
        Assert.IsFalse(Directory.Exists(inside));
    }

    [TestMethod]
    public void What_is_passed_over_is_said_by_predict_too()
    {
        string photos = folder.Photos("photos", 2, "daisy");
        File.WriteAllText(Path.Combine(photos, "daisy", "notes.txt"), "not an image");
        CommandLine predict = CommandLine.Run("predict", Reports.HostilePhotos.Model, photos, "--json");
        predict.AssertSucceeded();
        StringAssert.Contains(predict.Errors, "Passed over 1 file or folder: not an image (1).");
        Assert.AreEqual(2, JsonDocument.Parse(predict.Output).RootElement.GetArrayLength());
    }

    private CommandLine Train(string photos, params string[] options) => CommandLine.Run(["train", photos, "--output", folder["model"], .. options]);
}
