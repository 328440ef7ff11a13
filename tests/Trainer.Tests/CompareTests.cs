using System.Globalization;
using System.Text.Json;
using ResNetMLNet.Trainer;

namespace Trainer.Tests;

/// <summary><c>compare</c>, on results written by hand.</summary>
[TestClass]
public sealed class CompareTests
{
    private readonly TemporaryFolder folder = new();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    public void On_the_same_images_the_difference_is_tested_in_pairs()
    {
        string best = Result("best", right: 38, of: 40), worse = Result("worse", right: 28, of: 40);
        CommandLine compare = CommandLine.Run("compare", worse, best, "--json");
        compare.AssertSucceeded();
        JsonElement comparison = JsonDocument.Parse(compare.Output).RootElement.GetProperty("comparisons")[0];
        Assert.AreEqual(worse, comparison.GetProperty("folder").GetString());
        Assert.AreEqual(best, comparison.GetProperty("best").GetString());
        Assert.IsFalse(comparison.GetProperty("withinNoise").GetBoolean());
        Assert.AreEqual(2 / 1024.0, comparison.GetProperty("pValue").GetDouble(), 1e-9, "ten coins on one side");
        Assert.AreEqual(
            $"{worse} is less accurate than {best}: of the same 40 images 10 are right only there and 0 only here (McNemar, p = 0.002).", comparison.GetProperty("text").GetString());
    }

    [TestMethod]
    public void A_few_images_more_are_noise()
    {
        string a = Result("a", right: 34, of: 40), b = Result("b", right: 32, of: 40);
        StringAssert.Contains(CommandLine.Run("compare", a, b).Output,
            $"{b} is within noise of {a}: of the same 40 images 2 are right only there and 0 only here (McNemar, p = 0.500).");
    }

    [TestMethod]
    public void The_same_images_are_known_by_their_bytes_wherever_they_lie()
    {
        string a = Result("a", right: 34, of: 40, images: "photos", hashed: true), b = Result("b", right: 32, of: 40, images: "/mnt/copy of photos", hashed: true);
        StringAssert.Contains(CommandLine.Run("compare", a, b).Output, $"{b} is within noise of {a}: of the same 40 images 2 are right only there and 0 only here");
    }

    [TestMethod]
    public void On_other_images_the_interval_of_the_difference_decides()
    {
        string a = Result("a", right: 56, of: 70), b = Result("b", right: 48, of: 80);
        StringAssert.Contains(CommandLine.Run("compare", a, b).Output,
            $"{b} is less accurate than {a}: validated on other images, the accuracies differ by 0.200, at 95 % confidence 0.052 to 0.334.");
    }

    [TestMethod]
    public void Without_predictions_of_images_the_interval_decides_too()
    {
        string a = Result("a", right: 34, of: 40), b = Result("b", right: 32, of: 40);
        File.Delete(Path.Combine(b, "predictions.csv"));
        StringAssert.Contains(CommandLine.Run("compare", a, b).Output, $"{b} is within noise of {a}: validated on other images");
    }

    [TestMethod]
    public void Figures_stand_side_by_side()
    {
        string a = Result("a", right: 34, of: 40), b = Result("b", right: 32, of: 40);
        JsonElement[] runs = [.. JsonDocument.Parse(CommandLine.Run("compare", a, b, "--json").Output).RootElement.GetProperty("runs").EnumerateArray()];
        Assert.AreEqual(a, runs[0].GetProperty("folder").GetString());
        Assert.AreEqual("resnet50d", runs[0].GetProperty("backbone").GetString());
        Assert.AreEqual(0.85, runs[0].GetProperty("accuracy").GetDouble());
        Assert.AreEqual(5, runs[0].GetProperty("modelBytes").GetInt64());
        Assert.AreEqual(100, runs[0].GetProperty("trainImages").GetInt32());
        Assert.AreEqual(ProportionInterval.Of(0.85, 40).Low, runs[0].GetProperty("interval").GetProperty("low").GetDouble(), 1e-12);
        StringAssert.Matches(CommandLine.Run("compare", a, b).Output, new(@"resnet50d\s+│ head\s+│\s+0\.850 │ 0\.709 to 0\.929"));
    }

    [TestMethod]
    public void A_folder_that_is_no_result_is_named() =>
        CommandLine.Run("compare", Result("a", 1, 2), Directory.CreateDirectory(folder["photos"]).FullName)
            .AssertFailed($"'{folder["photos"]}' is not a result of a training: it has no metrics.json. Name folders that a training or a sweep wrote.");

    /// <summary>A result of somebody else's.</summary>
    [TestMethod]
    public void What_a_result_says_of_itself_is_shown_as_it_is()
    {
        const string name = "[red]resnet[/] \u001b[2J\u202e [x";
        string a = Result("a", 1, 2, name), b = Result("b [green]", 2, 2);
        CommandLine compare = CommandLine.Run("compare", a, b);
        compare.AssertSucceeded();
        StringAssert.Contains(compare.Output, @"[red]resnet[/] \u001b[2J\u202e [x");
        StringAssert.Contains(compare.Output, "b [green]");
        Assert.DoesNotContain("\u001b[2J", compare.Output);
        JsonElement run = JsonDocument.Parse(CommandLine.Run("compare", a, b, "--json").Output).RootElement.GetProperty("runs")[0];
        Assert.AreEqual(name, run.GetProperty("backbone").GetString());
    }

    [TestMethod]
    public void A_missing_folder_is_named() =>
        CommandLine.Run("compare", Result("a", 1, 2), "nowhere").AssertFailed("The folder 'nowhere' does not exist.");

    [TestMethod]
    public void Damaged_predictions_are_named()
    {
        string a = Result("a", 1, 2), b = Result("b", 2, 2);
        File.WriteAllText(Path.Combine(a, "predictions.csv"), "path,label,predicted,probability,labelProbability\nx,y,z,half,0.1\n");
        CommandLine compare = CommandLine.Run("compare", a, b);
        Assert.AreEqual(1, compare.ExitCode);
        StringAssert.StartsWith(compare.Errors, $"error: '{Path.Combine(a, "predictions.csv")}' is damaged: ");
    }

    [TestMethod]
    [DataRow("\"accuracy\": 0.5", "\"accuracy\": 7", "accuracy is 7, and has to be 0 to 1.")]
    [DataRow("\"logLoss\": 0.5", "\"logLoss\": -1", "logLoss is -1, and has to be 0 or more.")]
    [DataRow("\"seconds\": 7.5", "\"seconds\": -1", "seconds is -1, and has to be 0 or more.")]
    [DataRow("\"trainImages\": 100", "\"trainImages\": -5", "trainImages is -5, and has to be 0 or more.")]
    [DataRow("\"validationImages\": 2", "\"validationImages\": 0", "validationImages is 0, and has to be more than 0.")]
    [DataRow("\"validationImages\": 2", "\"expectedCalibrationError\": 1e300, \"validationImages\": 2", "expectedCalibrationError is 1E+300, and has to be 0 to 1.")]
    public void Figures_that_cannot_be_are_named(string figure, string instead, string message)
    {
        string a = Result("a", 1, 2), path = Path.Combine(a, "metrics.json"), text = File.ReadAllText(path);
        StringAssert.Contains(text, figure);
        File.WriteAllText(path, text.Replace(figure, instead, StringComparison.Ordinal));
        CommandLine.Run("compare", a, Result("b", 2, 2)).AssertFailed($"'{path}' is damaged: {message}");
    }

    /// <summary>A result whose first images are right.</summary>
    private string Result(string name, int right, int of, string backbone = "resnet50d", string images = "photos", bool hashed = false)
    {
        string result = Directory.CreateDirectory(folder[name]).FullName;
        File.WriteAllText(Path.Combine(result, "model.zip"), "model");
        File.WriteAllText(Path.Combine(result, "metrics.json"), string.Create(CultureInfo.InvariantCulture,
            $$"""{ "backbone": {{JsonSerializer.Serialize(backbone)}}, "accuracy": {{(double)right / of}}, "logLoss": 0.5, "seconds": 7.5, "trainImages": 100, "validationImages": {{of}} }"""));
        PredictedImage.Write(Path.Combine(result, "predictions.csv"),
            [.. Enumerable.Range(0, of).Select(i => new PredictedImage(
                $"{images}/{i}.jpg", "a", i < right ? "a" : "b", 0.7, i < right ? 0.7 : 0.3, hashed ? $"hash {i}" : ""))]);
        return result;
    }
}
