using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;

namespace Trainer.Tests;

/// <summary>What a user may get wrong, and what they are told.</summary>
[TestClass]
public sealed class BadInputTests
{
    // A network and images that train in a moment.
    private static readonly string[] Tiny = ["--backbone", "resnet10t", "--fresh", "--image-size", "32"];

    private readonly TemporaryFolder folder = new();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    public void A_missing_folder_is_named() => Train("nowhere").AssertFailed("The folder 'nowhere' does not exist.");

    [TestMethod]
    public void An_empty_folder_is_told_how_to_fill_it()
    {
        Directory.CreateDirectory(folder["empty"]);
        CommandLine train = Train(folder["empty"]);
        Assert.AreEqual(1, train.ExitCode);
        StringAssert.Contains(train.Errors, $"The folder '{folder["empty"]}' has no class folders. Put the images of each class into a folder named after it");
    }

    [TestMethod]
    public void One_class_is_not_enough()
    {
        string photos = folder.Photos("photos", 2, "daisy");
        Train(photos).AssertFailed($"'{photos}' has one class, 'daisy'. A classifier needs two at least: a folder for each.");
    }

    [TestMethod]
    public void A_class_of_one_image_cannot_be_split()
    {
        string photos = folder.Photos("photos", 3, "daisy", "roses");
        folder.Photos("photos", 1, "tulips");
        Train(photos).AssertFailed(
            "Class 'tulips' has one image. A class needs two at least, one to train on and one to validate; add images, or give a validation folder.");
    }

    [TestMethod]
    public void A_class_that_is_only_validated_is_named()
    {
        string photos = folder.Photos("photos", 2, "daisy", "roses");
        string validation = folder.Photos("validation", 1, "tulips");
        Train(photos, "--validation", validation).AssertFailed(
            "Class 'tulips' has images to validate and none to train on. The classes to learn are 'daisy', 'roses'.");
    }

    /// <summary>Of no use as a figure, and yet what a first try may do.</summary>
    [TestMethod]
    public void The_same_folder_may_train_and_validate()
    {
        string photos = folder.Photos("photos", 2, "daisy", "roses");
        CommandLine train = Train(photos, ["--validation", photos, "--json", .. Tiny]);
        train.AssertSucceeded();
        using JsonDocument json = JsonDocument.Parse(train.Output);
        Assert.AreEqual(4, json.RootElement.GetProperty("trainImages").GetInt32());
        Assert.AreEqual(4, json.RootElement.GetProperty("validationImages").GetInt32());
        // What came from the cache is said of each folder by itself.
        StringAssert.Contains(train.Errors, "Features of 4 of 4 images came from the cache");
        Assert.DoesNotContain("Features of 8 of 4", train.Errors);
    }

    [TestMethod]
    public void Files_that_are_no_images_are_skipped_and_listed()
    {
        string photos = WithDamagedFiles();
        CommandLine train = Train(photos, ["--json", .. Tiny]);

        train.AssertSucceeded();
        using JsonDocument json = JsonDocument.Parse(train.Output);
        CollectionAssert.AreEquivalent(
            new[] { "empty.jpg is empty", "half.jpg is truncated", "notes.jpg is not an image in a known format (JPEG, PNG, GIF, BMP, WebP)" },
            json.RootElement.GetProperty("skipped").EnumerateArray()
                .Select(skipped => $"{Path.GetFileName(skipped.GetProperty("path").GetString())} {skipped.GetProperty("reason").GetString()}").ToArray());
        StringAssert.Contains(train.Errors, "Skipped 3 of the files:");
        Assert.AreEqual(8, json.RootElement.GetProperty("trainImages").GetInt32() + json.RootElement.GetProperty("validationImages").GetInt32());
    }

    [TestMethod]
    public void Strict_fails_on_the_first_of_them_and_writes_nothing()
    {
        string photos = WithDamagedFiles();
        Train(photos, "--strict").AssertFailed($"'{Path.Combine(photos, "daisy", "empty.jpg")}' is empty. Without --strict it would be skipped.");
        CollectionAssert.AreEqual(new[] { "photos" }, folder.Entries.ToArray());
    }

    [TestMethod]
    public void A_model_is_not_overwritten_unless_forced()
    {
        string photos = folder.Photos("photos", 2, "daisy", "roses");
        Train(photos, Tiny).AssertSucceeded();
        byte[] first = File.ReadAllBytes(Path.Combine(folder["model"], "model.zip"));

        Train(photos, "--seed", "2").AssertFailed($"There is a model in '{folder["model"]}' already. Use --force to replace it, or another folder with --output.");
        CollectionAssert.AreEqual(first, File.ReadAllBytes(Path.Combine(folder["model"], "model.zip")));

        Train(photos, ["--seed", "2", "--force", .. Tiny]).AssertSucceeded();
        CollectionAssert.AreEquivalent(new[] { "photos", "model" }, folder.Entries.ToArray());
    }

    [TestMethod]
    public void An_unknown_backbone_suggests_the_nearest() =>
        StringAssert.StartsWith(
            Train(folder.Photos("photos", 2, "daisy", "roses"), "--backbone", "resnet18_mlnett").Errors,
            "error: Unknown backbone 'resnet18_mlnett'. Did you mean 'resnet18_mlnet'?");

    [TestMethod]
    public void A_GPU_that_is_not_there_is_an_error_that_says_what_is_missing()
    {
        if (File.Exists("/dev/nvidiactl")) return;
        CommandLine train = Train(folder.Photos("photos", 2, "daisy", "roses"), "--device", "cuda");
        Assert.AreEqual(1, train.ExitCode);
        StringAssert.Contains(train.Errors, "error: The device 'cuda:0' cannot be used: ");
    }

    [TestMethod]
    public void GPU_memory_is_not_limited_on_the_CPU() =>
        CommandLine.Run("predict", "model.zip", "photo.jpg", "--gpu-memory", "4000", "--device", "cpu")
            .AssertFailed("--gpu-memory is for a CUDA device, and --device cpu uses none. Leave one of the two out.");

    [TestMethod]
    public void A_missing_model_is_named() =>
        Predict(folder["model.zip"]).AssertFailed($"The model '{folder["model.zip"]}' does not exist. `resnet-mlnet train FOLDER` makes one.");

    [TestMethod]
    public void A_file_that_is_no_model_is_refused_in_one_sentence()
    {
        File.WriteAllText(folder["model.zip"], "no zip");
        Predict(folder["model.zip"]).AssertFailed($"'{folder["model.zip"]}' is not an ML.NET model: it is not a zip file, or a truncated one.");
    }

    [TestMethod]
    public void Another_zip_is_refused_in_one_sentence()
    {
        ZipFile.Open(folder["model.zip"], ZipArchiveMode.Create).Dispose();
        Predict(folder["model.zip"]).AssertFailed($"'{folder["model.zip"]}' is a zip file, but not an ML.NET model: it has no 'TransformerChain/Model.key'.");
    }

    /// <summary>The signal that Ctrl-C sends, while images are featurized.</summary>
    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows, IgnoreMessage = "Windows has no SIGINT to send.")]
    public void Ctrl_C_stops_and_leaves_nothing()
    {
        using Process process = CommandLine.Start("train", TemporaryFolder.Flowers, "--output", folder["model"]);
        while (process.StandardError.ReadLine() is string line && !line.StartsWith("Featurizing", StringComparison.Ordinal))
        {
        }

        CommandLine.Signal(process, "INT");
        string errors = process.StandardError.ReadToEnd();
        Assert.IsTrue(process.WaitForExit(TimeSpan.FromMinutes(1)), "still running");
        Assert.AreEqual(130, process.ExitCode, errors);
        Assert.IsEmpty(folder.Entries);
    }

    private CommandLine Train(string photos, params string[] options) => CommandLine.Run(["train", photos, "--output", folder["model"], .. options]);

    private static CommandLine Predict(string model) => CommandLine.Run("predict", model, TemporaryFolder.Flowers);

    /// <summary>Eight photos of two classes, and three files of class daisy that are none.</summary>
    private string WithDamagedFiles()
    {
        string photos = folder.Photos("photos", 4, "daisy", "roses");
        string daisies = Path.Combine(photos, "daisy");
        byte[] photo = File.ReadAllBytes(Directory.EnumerateFiles(daisies).Order().First());
        File.WriteAllBytes(Path.Combine(daisies, "half.jpg"), photo[..(photo.Length / 2)]);
        File.WriteAllText(Path.Combine(daisies, "empty.jpg"), "");
        File.WriteAllText(Path.Combine(daisies, "notes.jpg"), "no image");
        return photos;
    }
}
