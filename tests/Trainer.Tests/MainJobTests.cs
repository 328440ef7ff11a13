using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using ResNetMLNet.MLNetPipelines;
using SkiaSharp;

namespace Trainer.Tests;

/// <summary>The README's first command, on its real photos, and what can be done with what it writes.</summary>
[TestClass]
public sealed class MainJobTests
{
    private static readonly CommandLine training = FlowersModel.Training;

    private readonly TemporaryFolder folder = new();

    private static string Model => FlowersModel.Folder;

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    public void Training_reports_the_keys_that_others_read()
    {
        using JsonDocument json = JsonDocument.Parse(training.Output);
        JsonElement metrics = json.RootElement;
        CollectionAssert.AreEqual(
            new[] { "daisy", "dandelion", "roses", "sunflowers", "tulips" },
            metrics.GetProperty("classes").EnumerateArray().Select(name => name.GetString()).ToArray());
        Assert.AreEqual(160, metrics.GetProperty("trainImages").GetInt32());
        Assert.AreEqual(40, metrics.GetProperty("validationImages").GetInt32());
        Assert.AreEqual(0, metrics.GetProperty("skipped").GetArrayLength());
        Assert.IsGreaterThan(0, metrics.GetProperty("seconds").GetDouble());
        Assert.AreEqual(1, metrics.GetProperty("seed").GetInt32());
        int[][] matrix = metrics.GetProperty("confusionMatrix").Deserialize<int[][]>()!;
        Assert.AreEqual(metrics.GetProperty("accuracy").GetDouble(), matrix.Select((row, i) => row[i]).Sum() / 40.0, 1e-9);
        JsonElement[] bins = [.. metrics.GetProperty("calibration").EnumerateArray()];
        Assert.AreEqual(40, bins.Sum(bin => bin.GetProperty("images").GetInt32()));
        Assert.AreEqual(
            bins.Sum(bin => bin.GetProperty("images").GetInt32() * Math.Abs(bin.GetProperty("accuracy").GetDouble() - bin.GetProperty("confidence").GetDouble())) / 40,
            metrics.GetProperty("expectedCalibrationError").GetDouble(), 1e-9);
    }

    /// <summary>Frozen features and logistic regression give 0.83 in PyTorch; an unlucky split of 40 images costs up to 0.1.</summary>
    [TestMethod]
    public void Flowers_are_told_apart()
    {
        using JsonDocument json = JsonDocument.Parse(training.Output);
        Assert.IsGreaterThan(0.73, json.RootElement.GetProperty("accuracy").GetDouble());
        Assert.IsLessThan(0.8, json.RootElement.GetProperty("logLoss").GetDouble());
    }

    [TestMethod]
    public void The_metrics_file_says_what_standard_output_says() =>
        Assert.AreEqual(training.Output.TrimEnd(), File.ReadAllText(Path.Combine(Model, "metrics.json")));

    [TestMethod]
    public void The_device_is_said_once_in_one_line() =>
        Assert.HasCount(1, training.Errors.Split('\n').Where(line => line.StartsWith("Device: ", StringComparison.Ordinal)).ToArray());

    [TestMethod]
    public void The_same_seed_gives_the_same_figures_and_the_same_files()
    {
        string photos = Few(6);
        CommandLine one = CommandLine.Run("train", photos, "--output", folder["one"], "--json");
        CommandLine again = CommandLine.Run("train", photos, "--output", folder["again"], "--no-cache", "--json");
        one.AssertSucceeded();
        Assert.DoesNotContain("came from the cache", again.Errors);
        Assert.AreEqual(WithoutSeconds(one.Output), WithoutSeconds(again.Output));
        foreach (string file in new[] { "backbone.onnx", "model.zip" })
            CollectionAssert.AreEqual(File.ReadAllBytes(Path.Combine(folder["one"], file)), File.ReadAllBytes(Path.Combine(folder["again"], file)), file);

        static string WithoutSeconds(string json) => string.Join('\n', json.Split('\n').Where(line => !line.Contains("\"seconds\"")));
    }

    [TestMethod]
    public void Another_training_and_the_models_it_writes_take_features_from_the_cache()
    {
        const string all = "Features of 20 of 20 images came from the cache; --no-cache computes them anew.";
        string photos = Few(4);
        CommandLine another = CommandLine.Run("train", photos, "--output", folder["another"], "--seed", "2");
        another.AssertSucceeded();
        Assert.HasCount(1, another.Errors.Split('\n').Where(line => line == all).ToArray());
        Assert.Contains(all, CommandLine.Run("evaluate", folder["another"], photos).Errors);
        Assert.Contains("Features of 40 of 40 images", CommandLine.Run("predict", Model, Path.Combine(TemporaryFolder.Flowers, "roses")).Errors);
    }

    [TestMethod]
    public void Predict_ranks_the_classes_of_files_and_folders()
    {
        CommandLine predict = CommandLine.Run("predict", Model, Path.Combine(TemporaryFolder.Flowers, "tulips"), "--json", "--top", "2");
        predict.AssertSucceeded();
        using JsonDocument json = JsonDocument.Parse(predict.Output);
        JsonElement[] predictions = [.. json.RootElement.EnumerateArray()];
        Assert.HasCount(40, predictions);
        Assert.IsGreaterThan(30, predictions.Count(prediction => prediction.GetProperty("label").GetString() == "tulips"));
        foreach (JsonElement prediction in predictions)
        {
            JsonElement[] top = [.. prediction.GetProperty("top").EnumerateArray()];
            Assert.HasCount(2, top);
            Assert.AreEqual(prediction.GetProperty("probability").GetDouble(), top[0].GetProperty("probability").GetDouble());
            Assert.IsGreaterThanOrEqualTo(top[1].GetProperty("probability").GetDouble(), top[0].GetProperty("probability").GetDouble());
        }
    }

    [TestMethod]
    public void Predict_lists_what_it_skips_and_goes_on()
    {
        string text = folder["notes.txt"];
        File.WriteAllText(text, "no image");
        string photo = Directory.EnumerateFiles(Path.Combine(TemporaryFolder.Flowers, "roses")).Order().First();

        CommandLine predict = CommandLine.Run("predict", Path.Combine(Model, "model.zip"), text, photo);

        predict.AssertSucceeded();
        StringAssert.StartsWith(predict.Output, $"{photo}: ");
        StringAssert.Contains(predict.Errors, $"{text} is not an image in a known format (JPEG, PNG, GIF, BMP, WebP)");
    }

    [TestMethod]
    public void Evaluate_agrees_with_predict()
    {
        CommandLine evaluate = CommandLine.Run("evaluate", Model, TemporaryFolder.Flowers, "--json");
        evaluate.AssertSucceeded();
        using JsonDocument metrics = JsonDocument.Parse(evaluate.Output);
        Assert.AreEqual(200, metrics.RootElement.GetProperty("validationImages").GetInt32());

        CommandLine predict = CommandLine.Run("predict", Model, TemporaryFolder.Flowers, "--json");
        using JsonDocument predictions = JsonDocument.Parse(predict.Output);
        double right = predictions.RootElement.EnumerateArray()
            .Count(p => Path.GetFileName(Path.GetDirectoryName(p.GetProperty("path").GetString())) == p.GetProperty("label").GetString());
        Assert.AreEqual(right / 200, metrics.RootElement.GetProperty("accuracy").GetDouble(), 1e-9);
        double known = predictions.RootElement.EnumerateArray().Count(p => p.GetProperty("isKnown").GetBoolean());
        Assert.AreEqual(known / 200, metrics.RootElement.GetProperty("known").GetProperty("kept").GetDouble(), 1e-9);
        Assert.IsGreaterThan(0.9, known / 200);
    }

    [TestMethod]
    public void An_image_of_something_else_is_rejected_and_a_flower_is_not()
    {
        string photo = Directory.EnumerateFiles(Path.Combine(TemporaryFolder.Flowers, "daisy")).Order().First(), odd = folder["odd.png"];
        using (var bitmap = new SKBitmap(300, 300))
        {
            bitmap.Erase(SKColors.Orange);
            using FileStream file = File.Create(odd);
            bitmap.Encode(file, SKEncodedImageFormat.Png, 100);
        }
        using JsonDocument kept = JsonDocument.Parse(CommandLine.Run("predict", Model, odd, photo, "--json").Output);
        using JsonDocument rejected = JsonDocument.Parse(CommandLine.Run("predict", Model, odd, photo, "--reject", "--json").Output);
        foreach (JsonDocument either in new[] { kept, rejected })
        {
            Assert.IsFalse(either.RootElement[0].GetProperty("isKnown").GetBoolean());
            Assert.IsGreaterThan(1, either.RootElement[0].GetProperty("unknownScore").GetDouble());
            Assert.IsTrue(either.RootElement[1].GetProperty("isKnown").GetBoolean());
            Assert.IsLessThanOrEqualTo(1, either.RootElement[1].GetProperty("unknownScore").GetDouble());
            Assert.AreEqual("daisy", either.RootElement[1].GetProperty("label").GetString());
        }
        Assert.AreEqual(JsonValueKind.String, kept.RootElement[0].GetProperty("label").ValueKind);
        Assert.AreEqual(JsonValueKind.Null, rejected.RootElement[0].GetProperty("label").ValueKind);
        Assert.AreEqual(JsonValueKind.Null, rejected.RootElement[0].GetProperty("probability").ValueKind);
        StringAssert.StartsWith(CommandLine.Run("predict", Model, odd, "--reject").Output, $"{odd}: none of the classes; unknown, score ");
    }

    /// <summary>The figures without it are those of the plain training, and the model's probabilities are the plain model's, scaled.</summary>
    [TestMethod]
    public void A_calibrated_model_is_the_plain_one_at_another_temperature()
    {
        CommandLine calibrated = CommandLine.Run("train", TemporaryFolder.Flowers, "--calibrate", "--json", "--output", folder["calibrated"]);
        calibrated.AssertSucceeded();
        using JsonDocument before = JsonDocument.Parse(training.Output), after = JsonDocument.Parse(calibrated.Output);
        JsonElement scaling = after.RootElement.GetProperty("temperatureScaling");
        double temperature = scaling.GetProperty("temperature").GetDouble();
        Assert.AreNotEqual(1, temperature, 1e-3);
        Assert.AreEqual(before.RootElement.GetProperty("logLoss").GetDouble(), scaling.GetProperty("logLossBefore").GetDouble(), 1e-6);
        Assert.AreEqual(before.RootElement.GetProperty("expectedCalibrationError").GetDouble(), scaling.GetProperty("calibrationErrorBefore").GetDouble(), 1e-6);
        Assert.AreEqual(before.RootElement.GetProperty("accuracy").GetDouble(), after.RootElement.GetProperty("accuracy").GetDouble());

        string[] photos = [.. Directory.EnumerateFiles(Path.Combine(TemporaryFolder.Flowers, "roses")).Take(5)];
        using ImageClassifier plain = ImageClassifier.Load(Path.Combine(Model, "model.zip")), scaled = ImageClassifier.Load(folder["calibrated/model.zip"]);
        foreach ((ImagePrediction one, ImagePrediction other) in plain.Predict(photos).Zip(scaled.Predict(photos)))
        {
            float[] expected = Temperature.Apply([.. one.Ranking.Select(each => (float)each.Probability)], temperature);
            for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], other.Ranking[i].Probability, 1e-4);
        }
    }

    [TestMethod]
    public void A_baseline_is_compared_with_image_by_image()
    {
        string photos = Few(4), baseline = folder["baseline"];
        CommandLine.Run("train", photos, "--output", baseline, "--seed", "2").AssertSucceeded();
        CommandLine evaluate = CommandLine.Run("evaluate", Model, TemporaryFolder.Flowers, "--baseline", baseline, "--json", "--report", folder["compared.html"]);
        evaluate.AssertSucceeded();
        using JsonDocument metrics = JsonDocument.Parse(evaluate.Output);
        JsonElement compared = metrics.RootElement.GetProperty("baseline");

        Dictionary<string, bool> model = Right(Model), other = Right(baseline);
        int onlyModel = model.Count(image => image.Value && !other[image.Key]), onlyBaseline = model.Count(image => !image.Value && other[image.Key]);
        Assert.AreNotEqual(onlyModel, onlyBaseline);
        Assert.AreEqual(onlyModel, compared.GetProperty("onlyModel").GetInt32());
        Assert.AreEqual(onlyBaseline, compared.GetProperty("onlyBaseline").GetInt32());
        Assert.AreEqual(other.Count(image => image.Value) / 200.0, compared.GetProperty("accuracy").GetDouble(), 1e-9);
        StringAssert.Contains(File.ReadAllText(folder["compared.html"]), $"{onlyModel} are right only here and {onlyBaseline} only there");

        static Dictionary<string, bool> Right(string model)
        {
            using JsonDocument predictions = JsonDocument.Parse(CommandLine.Run("predict", model, TemporaryFolder.Flowers, "--json").Output);
            return predictions.RootElement.EnumerateArray().Select(image => (Path: image.GetProperty("path").GetString()!, Label: image.GetProperty("label").GetString()))
                .ToDictionary(image => image.Path, image => Path.GetFileName(Path.GetDirectoryName(image.Path)) == image.Label);
        }
    }

    [TestMethod]
    public void The_model_is_exported_whole_as_one_ONNX_file()
    {
        CommandLine export = CommandLine.Run("export", Model, "--output", folder["flowers.onnx"]);
        export.AssertSucceeded();
        using var session = new InferenceSession(folder["flowers.onnx"]);
        CollectionAssert.AreEqual(new[] { -1, 224, 224, 3 }, session.InputMetadata["pixels"].Dimensions);
        CollectionAssert.AreEqual(new[] { -1, 5 }, session.OutputMetadata["probabilities"].Dimensions);
        Assert.AreEqual("""["daisy","dandelion","roses","sunflowers","tulips"]""", session.ModelMetadata.CustomMetadataMap["resnetmlnet.labels"]);

        CommandLine.Run("export", Model, "--output", folder["flowers.onnx"], "--weights", "x.pth")
            .AssertFailed($"--weights is for a backbone; '{Model}' is a trained model, which is exported as it is.");
    }

    /// <summary>As a business app does it: ML.NET's own Load and PredictionEngine, nothing of ours called.</summary>
    [TestMethod]
    public void The_model_gives_the_same_probabilities_in_a_prediction_engine()
    {
        string photo = Directory.EnumerateFiles(Path.Combine(TemporaryFolder.Flowers, "daisy")).Order().First();
        var mlContext = new MLContext();
        ITransformer model = mlContext.Model.Load(Path.Combine(Model, "model.zip"), out _);
        using PredictionEngine<Photo, Classified> engine = mlContext.Model.CreatePredictionEngine<Photo, Classified>(model);
        Classified classified = engine.Predict(new Photo { ImagePath = photo });

        using JsonDocument json = JsonDocument.Parse(CommandLine.Run("predict", Model, photo, "--json").Output);
        Assert.AreEqual(json.RootElement[0].GetProperty("label").GetString(), classified.PredictedLabel);
        Assert.AreEqual(json.RootElement[0].GetProperty("probability").GetDouble(), classified.Score.Max(), 1e-5);
        Assert.AreEqual(json.RootElement[0].GetProperty("unknownScore").GetDouble(), classified.UnknownScore, 1e-3);
        Assert.AreEqual(json.RootElement[0].GetProperty("isKnown").GetBoolean(), classified.IsKnown);
    }

    // Of each class.
    private string Few(int perClass) => folder.Photos("photos", perClass, "daisy", "dandelion", "roses", "sunflowers", "tulips");

    private sealed class Photo
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Classified
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];

        public float UnknownScore { get; set; }

        public bool IsKnown { get; set; }
    }
}
