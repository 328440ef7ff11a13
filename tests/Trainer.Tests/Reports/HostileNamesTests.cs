using ResNetMLNet.Cli;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Reports;

/// <summary>Names of files and folders are a stranger's: whatever they are, they stay text.</summary>
[TestClass]
public sealed class HostileNamesTests
{
    [TestMethod]
    public void No_cell_of_the_predictions_is_a_formula_and_all_are_read_back()
    {
        using var folder = new TemporaryFolder();
        string[] names = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'", "'=1", "''x", "a\"b,c\nd", "photos/1.jpg"];
        PredictedImage[] images = [.. names.Select(name => new PredictedImage(name, name, name, 0.5, 0.25, "ab12"))];
        PredictedImage.Write(folder["predictions.csv"], images);
        CollectionAssert.AreEqual(images, PredictedImage.Read(folder["predictions.csv"]).ToArray());
        string[] cells = [.. File.ReadAllText(folder["predictions.csv"]).Split('\n', ',').Select(cell => cell.TrimStart('"'))];
        Assert.IsFalse(cells.Any(cell => cell.Length > 0 && "=+-@\t\r".Contains(cell[0])), string.Join('|', cells));
    }

    [TestMethod]
    public void Predictions_of_earlier_versions_have_no_hashes()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["predictions.csv"], "path,label,predicted,probability,labelProbability\na.jpg,x,y,0.7,0.2\n");
        Assert.AreEqual(new PredictedImage("a.jpg", "x", "y", 0.7, 0.2), PredictedImage.Read(folder["predictions.csv"]).Single());
    }

    [TestMethod]
    [DataRow("```\n# Free money")]
    [DataRow("a `````b")]
    public void No_name_closes_the_code_of_the_model_card(string name)
    {
        string[] lines = ModelCard.Of(new RunReport
        {
            Run = new RunDescription { Title = name, Model = name, Command = CommandText.Of("train", name), Configuration = [("trained on", name)] },
            Metrics = new Metrics
            {
                Accuracy = 1,
                LogLoss = 0,
                BalancedAccuracy = 1,
                ExpectedCalibrationError = 0,
                Classes = [name],
                TrainImages = 1,
                ValidationImages = 1,
                Skipped = [],
                Seconds = 1,
                PerClass = [],
                ConfusionMatrix = [],
                Calibration = [],
                Backbone = "resnet18",
                Device = "CPU",
            },
            Predictions = [],
            Mistakes = [],
            Doubts = [],
            Explained = [],
            Embedding = [],
        }).Split('\n');

        // As CommonMark reads it: a fence ends at a line of as many backticks or more and nothing else.
        int fence = 0;
        foreach (string line in lines)
        {
            int ticks = line.Length - line.TrimStart('`').Length;
            if (fence == 0 && ticks >= 3) fence = ticks;
            else if (fence > 0 && ticks >= fence && line.Trim('`').Length == 0) fence = 0;
            else if (fence == 0) Assert.IsFalse(line.StartsWith("# Free", StringComparison.Ordinal), "a heading of the name's");
        }

        Assert.AreEqual(0, fence, "every block is closed");
        Assert.HasCount(6, lines.Where(line => line.StartsWith("## ", StringComparison.Ordinal)).ToArray());
    }
}
