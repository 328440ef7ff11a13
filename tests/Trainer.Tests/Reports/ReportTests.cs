using System.Globalization;
using System.Text.Json;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Reports;

/// <summary>What a result folder holds for people: page, card and predictions.</summary>
[TestClass]
public sealed class ReportTests
{
    private static TemporaryFolder folder = null!;
    private static string page = "";
    private static JsonElement metrics;

    [ClassInitialize]
    public static void Train(TestContext _)
    {
        folder = new TemporaryFolder();
        page = File.ReadAllText(Path.Combine(HostilePhotos.Model, "report.html"));
        metrics = JsonDocument.Parse(File.ReadAllText(Path.Combine(HostilePhotos.Model, "metrics.json"))).RootElement;
    }

    [ClassCleanup]
    public static void Clean() => folder.Dispose();

    [TestMethod]
    public void Every_part_stands_on_the_page()
    {
        foreach (string heading in new[]
        {
            "Classes", "Confusion matrix", "Calibration", "Known images", "Most confident mistakes", "Least confident hits", "Where it looks", "Map of the images",
            "Problems", "Configuration", "Use",
        }) StringAssert.Contains(page, $">{heading}</h2>");
        Assert.DoesNotContain("Learning curves", page, "a head on frozen features has none");
        Assert.IsLessThan(3_000_000, page.Length);
    }

    [TestMethod]
    public void The_accuracy_stands_with_its_interval()
    {
        double accuracy = metrics.GetProperty("accuracy").GetDouble();
        var interval = ProportionInterval.Of(accuracy, metrics.GetProperty("validationImages").GetInt32());
        StringAssert.Contains(page, $"<b>{Percent(accuracy)}</b><span>accuracy, at 95&nbsp;% confidence<br>{Percent(interval.Low)} to {Percent(interval.High)}</span>");

        static string Percent(double part) => (100 * part).ToString("F1", CultureInfo.InvariantCulture) + "&#xA0;%";
    }

    [TestMethod]
    public void Names_of_classes_and_files_are_text_on_the_page()
    {
        Assert.DoesNotContain(HostilePhotos.ClassName, page);
        Assert.DoesNotContain("<img src=x", page);
        StringAssert.Contains(page, System.Text.Encodings.Web.HtmlEncoder.Default.Encode(HostilePhotos.ClassName));
    }

    /// <summary>A picture of each validation image is in it as JPEG: two of each class, explained.</summary>
    [TestMethod]
    public void The_pictures_are_inside()
    {
        string[] pictures = [.. page.Split("src=\"data:image/jpeg;base64,").Skip(1).Select(rest => rest.Split('"')[0])];
        Assert.IsGreaterThanOrEqualTo(6, pictures.Length);
        foreach (string picture in pictures) CollectionAssert.AreEqual(new byte[] { 0xFF, 0xD8, 0xFF }, Convert.FromBase64String(picture)[..3]);
        Assert.DoesNotContain("cannot be read any more", page);
    }

    [TestMethod]
    public void Predictions_are_those_that_predict_gives()
    {
        IReadOnlyList<PredictedImage> images = PredictedImage.Read(Path.Combine(HostilePhotos.Model, "predictions.csv"));
        Assert.HasCount(metrics.GetProperty("validationImages").GetInt32(), images);
        Assert.AreEqual(metrics.GetProperty("accuracy").GetDouble(), images.Count(image => image.Right) / (double)images.Count, 1e-9);
        PredictedImage image = images.First(image => image.Label == HostilePhotos.ClassName);
        using JsonDocument predict = JsonDocument.Parse(CommandLine.Run("predict", HostilePhotos.Model, image.Path, "--json").Output);
        Assert.AreEqual(predict.RootElement[0].GetProperty("label").GetString(), image.Predicted);
        Assert.AreEqual(predict.RootElement[0].GetProperty("probability").GetDouble(), image.Probability, 1e-5);
    }

    [TestMethod]
    public void The_card_has_front_matter_figures_and_commands()
    {
        string card = File.ReadAllText(Path.Combine(HostilePhotos.Model, "MODEL_CARD.md"));
        StringAssert.StartsWith(card, "---\nlibrary_name: ResNetMLNet\npipeline_tag: image-classification\n");
        double accuracy = metrics.GetProperty("accuracy").GetDouble();
        var interval = ProportionInterval.Of(accuracy, 6);
        StringAssert.Contains(card, string.Create(CultureInfo.InvariantCulture, $"| accuracy | {accuracy:F3}, at 95 % confidence {interval.Low:F3} to {interval.High:F3} |"));
        StringAssert.Contains(card, $"resnet-mlnet predict {HostilePhotos.Model} PHOTO.jpg");
        StringAssert.Contains(card, "- weights: ImageNet, Microsoft.ML.DnnImageFeaturizer.ResNet18 0.23.1 (MIT)");
        if (!OperatingSystem.IsWindows()) StringAssert.Contains(card, "| \\<b\\>\\&\"x | ");
    }

    /// <summary>As the page says it is done.</summary>
    [TestMethod]
    public void The_command_on_the_page_makes_the_same_model_again()
    {
        string command = System.Net.WebUtility.HtmlDecode(page.Split("<pre tabindex=\"0\">")[1].Split("</pre>")[0]);
        string[] words = command.Split(' ');
        CollectionAssert.AreEqual(new[] { "resnet-mlnet", "train", HostilePhotos.Photos }, words[..3]);
        words[^1] = folder["again"];
        CommandLine.Run(words[1..]).AssertSucceeded();
        CollectionAssert.AreEqual(File.ReadAllBytes(Path.Combine(HostilePhotos.Model, "model.zip")), File.ReadAllBytes(Path.Combine(folder["again"], "model.zip")));
    }

    [TestMethod]
    public void Evaluate_writes_a_page_too_with_the_models_learning_curves_where_it_has_any()
    {
        string report = folder["pages/evaluation.html"];
        CommandLine evaluate = HostilePhotos.Evaluate(report);
        evaluate.AssertSucceeded();
        StringAssert.Contains(evaluate.Errors, $"Wrote {report}.");
        string html = File.ReadAllText(report);
        StringAssert.Contains(html, "measured on 30 images");
        StringAssert.Contains(html, ">Learning curves</h2>");
        StringAssert.Contains(html, "aria-label=\"Training and validation loss by epoch\"");
    }

    [TestMethod]
    public void A_damaged_history_is_named()
    {
        string history = Path.Combine(HostilePhotos.Model, "history.json");
        File.WriteAllText(history, "[{");
        CommandLine evaluate = CommandLine.Run("evaluate", HostilePhotos.Model, HostilePhotos.Photos, "--report", folder["x.html"]);
        File.Delete(history);
        Assert.AreEqual(1, evaluate.ExitCode);
        StringAssert.Contains(evaluate.Errors, $"error: '{history}' is damaged: ");
        Assert.IsFalse(File.Exists(folder["x.html"]));
    }

    /// <summary>30 classes of one image each, all taken for the first: no screen holds that matrix.</summary>
    [TestMethod]
    public void A_page_of_many_classes_lists_mistakes_in_place_of_the_matrix()
    {
        string[] classes = [.. Enumerable.Range(0, 30).Select(i => $"class {i:00}")];
        string html = ReportPage.Html(new RunReport
        {
            Run = new RunDescription { Title = "many", Model = "many-model", Command = "resnet-mlnet train many", Configuration = [("seed", "1")] },
            Metrics = new Metrics
            {
                Accuracy = 1 / 30.0,
                LogLoss = 3,
                BalancedAccuracy = 1 / 30.0,
                ExpectedCalibrationError = 0.5,
                Classes = classes,
                TrainImages = 60,
                ValidationImages = 30,
                Skipped = [],
                Seconds = 1,
                PerClass = [.. classes.Select((label, i) => new ClassFigures(label, i == 0 ? 1 / 30.0 : 0, i == 0 ? 1 : 0, 1))],
                ConfusionMatrix = [.. classes.Select(_ => classes.Select((_, column) => column == 0 ? 1 : 0).ToArray())],
                Calibration = [new CalibrationBin(0.5, 1 / 30.0, 30)],
                Backbone = "resnet18",
                Device = "CPU",
            },
            Predictions = [],
            Mistakes = [new ShownImage(new PredictedImage("many/class 01/1.jpg", "class 01", "class 00", 0.5, 0.1), Jpeg: null)],
            Doubts = [],
            Explained = [],
            Unexplained = "There is no map of it.",
            Embedding = [],
        });
        Assert.DoesNotContain("<table class=\"matrix\">", html);
        StringAssert.Contains(html, "<tr><td>class 01</td><td>class 00</td><td>1</td></tr>");
        StringAssert.Contains(html, "<p>There is no map of it.</p>");
        StringAssert.Contains(html, "cannot be read any more");
        Assert.DoesNotContain("Map of the images", html);
        StringAssert.Contains(html, "None found");
    }
}
