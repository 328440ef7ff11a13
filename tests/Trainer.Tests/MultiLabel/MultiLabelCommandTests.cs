using System.Text.Json;
using Onnx;

namespace Trainer.Tests.MultiLabel;

/// <summary>The command on images with any number of labels.</summary>
[TestClass]
public sealed class MultiLabelCommandTests : IDisposable
{
    private readonly TinyLabels photos = new();
    private readonly string list;

    public MultiLabelCommandTests()
    {
        list = photos["photos/list.csv"];
        File.WriteAllLines(list, ["path,labels", .. photos.Images.Select(image => $"{Path.GetFileName(image.ImagePath)},{string.Join('|', image.Labels)}")]);
    }

    /// <summary>Without the option, since rows have several labels.</summary>
    [TestMethod]
    public void A_list_is_learned_predicted_measured_and_exported()
    {
        string model = photos["model"], page = photos["page.html"], onnx = photos["labels.onnx"];
        CommandLine trained = CommandLine.Run("train", list, "--output", model, "--thresholds", "0.5", "--image-size", "64", "--json");
        Assert.AreEqual(0, trained.ExitCode, trained.Errors);
        JsonElement figures = JsonDocument.Parse(trained.Output).RootElement;
        Assert.IsGreaterThan(0.8, figures.GetProperty("meanAveragePrecision").GetDouble());
        Assert.AreEqual(JsonValueKind.Number, figures.GetProperty("microF1").ValueKind);
        Assert.AreEqual(JsonValueKind.Number, figures.GetProperty("macroF1").ValueKind);
        Assert.AreEqual(0.5, figures.GetProperty("labels")[0].GetProperty("threshold").GetDouble());
        StringAssert.Contains(File.ReadAllText(photos["model/MODEL_CARD.md"]), "--multi-label");

        CommandLine predicted = CommandLine.Run("predict", model, photos.Images[7].ImagePath, photos.Images[0].ImagePath, "--json");
        JsonElement predictions = JsonDocument.Parse(predicted.Output).RootElement;
        CollectionAssert.AreEquivalent(TinyLabels.Names, predictions[0].GetProperty("labels").EnumerateArray().Select(label => label.GetString()).ToArray());
        Assert.AreEqual(3, predictions[0].GetProperty("top").GetArrayLength());
        Assert.AreEqual(0, predictions[1].GetProperty("labels").GetArrayLength());
        StringAssert.Contains(CommandLine.Run("predict", model, photos.Images[0].ImagePath).Output, ": none of the labels");
        CommandLine.Run("predict", model, photos.Images[0].ImagePath, "--reject").AssertFailed(
            $"'{model}' cannot tell images of other things: only a classifier of one class for each image can, if it was trained by this version. Train it again, or leave --reject out.");

        CommandLine evaluated = CommandLine.Run("evaluate", model, list, "--report", page, "--json");
        Assert.AreEqual(0, evaluated.ExitCode, evaluated.Errors);
        Assert.IsGreaterThan(0.9, JsonDocument.Parse(evaluated.Output).RootElement.GetProperty("meanAveragePrecision").GetDouble());
        StringAssert.Contains(File.ReadAllText(page), "id=\"labels\"");
        StringAssert.Contains(CommandLine.Run("evaluate", model, list).Output, "on 24 images.");

        CommandLine exported = CommandLine.Run("export", model, "--output", onnx);
        StringAssert.Contains(exported.Errors, "probabilities of 3 labels out.");
        Assert.IsTrue(ModelProto.Parser.ParseFrom(File.ReadAllBytes(onnx)).MetadataProps.Any(entry => entry.Key == "resnetmlnet.thresholds"));
    }

    [TestMethod]
    public void What_could_be_meant_otherwise_is_refused()
    {
        Refused($"'{photos["photos"]}' is a folder. With --multi-label, name a list of images and labels.", photos["photos"], "--multi-label");
        Refused("--multi-label learns labels, and --regression a number. Leave one of them out.", list, "--multi-label", "--regression");
        Refused("--thresholds: 'high' is not a choice of thresholds.", list, "--thresholds", "high");

        static void Refused(string message, params string[] arguments)
        {
            CommandLine command = CommandLine.Run(["train", .. arguments]);
            Assert.AreEqual(1, command.ExitCode);
            StringAssert.Contains(command.Errors, message);
        }
    }

    public void Dispose() => photos.Dispose();
}
