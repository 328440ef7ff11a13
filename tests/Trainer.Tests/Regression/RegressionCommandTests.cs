using System.Globalization;
using System.Text.Json;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Regression;

/// <summary>The command learns numbers of a list, and predicts and measures with what it has learned.</summary>
[TestClass]
public sealed class RegressionCommandTests
{
    private static TinyValues photos = null!;
    private static CommandLine trained = null!;

    [ClassInitialize]
    public static void Train(TestContext _)
    {
        photos = new TinyValues();
        Write("train.csv", photos.Images.Where((_, i) => i % 4 != 0));
        Write("val.csv", photos.Images.Where((_, i) => i % 4 == 0));
        trained = CommandLine.Run([.. Arguments("train.csv", "tuned"), "--validation", photos["val.csv"], "--json"]);
        trained.AssertSucceeded();
    }

    [ClassCleanup]
    public static void Clean() => photos.Dispose();

    [TestMethod]
    public void A_list_of_numbers_becomes_a_model_that_gives_them()
    {
        using JsonDocument metrics = JsonDocument.Parse(trained.Output);
        Assert.AreEqual((18, 6), (metrics.RootElement.GetProperty("trainImages").GetInt32(), metrics.RootElement.GetProperty("validationImages").GetInt32()));
        StringAssert.Contains(trained.Errors, "Epoch 1/1: loss ");
        StringAssert.Contains(trained.Errors, ", validation RMSE ");

        string[] first = File.ReadAllLines(photos["tuned/predictions.csv"])[1].Split(',');
        CommandLine predict = CommandLine.Run("predict", photos["tuned"], first[0], photos["tuned/metrics.json"], "--json");
        predict.AssertSucceeded();
        using JsonDocument predictions = JsonDocument.Parse(predict.Output);
        Assert.AreEqual(
            double.Parse(first[2], CultureInfo.InvariantCulture), predictions.RootElement[0].GetProperty("value").GetDouble(), 0.01);
        Assert.AreEqual(JsonValueKind.Null, predictions.RootElement[1].GetProperty("value").ValueKind);
        StringAssert.Contains(predictions.RootElement[1].GetProperty("error").GetString(), "not an image");
        CommandLine shown = CommandLine.Run("predict", photos["tuned"], first[0]);
        Assert.AreEqual(string.Create(CultureInfo.InvariantCulture, $"{first[0]}: {predictions.RootElement[0].GetProperty("value").GetDouble():G6}"), shown.Output.Trim());
    }

    [TestMethod]
    public void A_model_is_measured_on_a_list()
    {
        CommandLine evaluate = CommandLine.Run("evaluate", photos["tuned"], photos["val.csv"], "--json", "--report", photos["page.html"]);
        evaluate.AssertSucceeded();
        using JsonDocument before = JsonDocument.Parse(trained.Output), now = JsonDocument.Parse(evaluate.Output);
        Assert.AreEqual(
            before.RootElement.GetProperty("rootMeanSquaredError").GetDouble(), now.RootElement.GetProperty("rootMeanSquaredError").GetDouble(), 0.01);
        Assert.IsFalse(now.RootElement.TryGetProperty("trainMean", out _));
        string page = File.ReadAllText(photos["page.html"]);
        StringAssert.Contains(page, "id=\"scatter\"");
        Assert.DoesNotContain("trained on went", page);
        StringAssert.Contains(page, "evaluate");
    }

    [TestMethod]
    public void A_training_on_a_list_goes_on_by_its_folder_alone()
    {
        CommandLine.Run([.. Arguments("train.csv", "limited"), "--validation", photos["val.csv"], "--max-minutes", "0.0001"]).AssertSucceeded();
        CommandLine.Run("train", "--resume", photos["limited"]).AssertSucceeded();
        CollectionAssert.AreEqual(File.ReadAllBytes(photos["tuned/backbone.onnx"]), File.ReadAllBytes(photos["limited/backbone.onnx"]));
    }

    [TestMethod]
    public void Columns_have_other_names_and_separators()
    {
        File.WriteAllLines(photos["other.csv"], ["age;note;file", .. photos.Images.Select(image =>
            string.Create(CultureInfo.InvariantCulture, $"{image.Value};\"a; b\";{Path.GetRelativePath(photos["."], image.ImagePath)}"))]);
        CommandLine folds = CommandLine.Run([.. Head("other.csv", "none"), "--label-column", "age", "--folds", "2", "--json"]);
        folds.AssertSucceeded();
        using JsonDocument result = JsonDocument.Parse(folds.Output);
        Assert.AreEqual(2, result.RootElement.GetProperty("folds").GetArrayLength());
        CommandLine.Run(Head("other.csv", "none")).AssertFailed(
            $"'{photos["other.csv"]}' has no column of labels: none is named label or labels or class or category or tags or value. "
            + "Its columns are 'age', 'note', 'file'. Name the one to use.");
    }

    [TestMethod]
    [DataRow("path,value\na.png,many\n", "No row of 'LIST' can be used: 'LIST, line 2' has the value 'many', which is not a finite number such as 1234.5.")]
    [DataRow("path,value\n\n,2\n", "No row of 'LIST' can be used: 'LIST, line 3' has no path. Name an image file, or remove the line.")]
    [DataRow("path,value\n", "The list 'LIST' has no images.")]
    [DataRow("", "'LIST' has no column of images: none is named file_name or path or image_path or image or file. It is empty. Name the one to use.")]
    public void What_is_not_a_list_is_named_with_its_line(string text, string message)
    {
        File.WriteAllText(photos["bad.csv"], text);
        CommandLine.Run(Head("bad.csv", "none")).AssertFailed(message.Replace("LIST", photos["bad.csv"], StringComparison.Ordinal));
    }

    [TestMethod]
    public void Lists_and_folders_are_not_taken_for_each_other()
    {
        CommandLine.Run(Head("photos", "none")).AssertFailed(
            $"'{photos["photos"]}' is a folder without Parquet or tar files in it. Name a list of images.");
        CommandLine.Run(Head("nowhere.csv", "none")).AssertFailed($"The list '{photos["nowhere.csv"]}' does not exist.");
        CommandLine.Run("train", photos["photos"], "--label-column", "age").AssertFailed(
            $"--label-column is for lists of images, and '{photos["photos"]}' is not a list. Leave it out.");
        CommandLine.Run([.. Head("train.csv", "none"), "--class-weights", "balanced"]).AssertFailed(
            "--class-weights is for classes, and the images have numbers. Leave it out, or make it none.");
        CommandLine.Run([.. Head("train.csv", "none"), "--keep", "0.9"]).AssertFailed(
            "--keep is for classes, and the images have numbers. Leave it out, or make it 0.95.");
    }

    private static string[] Head(string list, string output) =>
        ["train", photos[list], "--regression", "--backbone", "resnet10t", "--fresh", "--image-size", "32", "--output", photos[output]];

    private static string[] Arguments(string list, string output) =>
        [.. Head(list, output), "--tune", "last-stage", "--epochs", "1", "--warm-up-epochs", "0", "--batch-size", "6", "--train-scale", "1"];

    private static void Write(string list, IEnumerable<(string ImagePath, double Value)> images) => File.WriteAllLines(photos[list],
        ["path,value", .. images.Select(image => string.Create(
            CultureInfo.InvariantCulture, $"{Path.GetRelativePath(photos["."], image.ImagePath)},{NumberLabel.Of(image.Value)}"))]);
}
