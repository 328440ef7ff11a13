using System.Text.Json;

namespace Trainer.Tests;

[TestClass]
public sealed class ClassWeightsTests
{
    /// <summary>
    /// A tenth as many roses as daisies to train on, as many of both to validate on: a head that takes roses for rare is too sure of daisies.
    /// </summary>
    [TestMethod]
    public void Balanced_weights_lower_the_loss_on_balanced_photos_after_training_on_few_of_a_class()
    {
        using var folder = new TemporaryFolder();
        foreach ((string flower, int few) in new[] { ("daisy", 30), ("roses", 3) })
        {
            foreach ((int i, string photo) in Directory.EnumerateFiles(Path.Combine(TemporaryFolder.Flowers, flower)).Order().Index())
            {
                if (i < few) Copy(photo, folder[$"train/{flower}/{i}.jpg"]);
                else if (i >= 30) Copy(photo, folder[$"validation/{flower}/{i}.jpg"]);
            }
        }

        double balanced = Loss(Run("train", "balanced"));
        Assert.IsLessThan(Loss(Run("train", "none")), balanced);
        Assert.AreEqual(balanced, Loss(Run("sweep", "balanced", "--backbones", "resnet18_mlnet")[0]));

        JsonElement Run(string verb, string weights, params string[] options)
        {
            CommandLine train = CommandLine.Run(
                [verb, folder["train"], "--validation", folder["validation"], "--output", folder[$"{verb}-{weights}"], "--class-weights", weights, "--json", .. options]);
            train.AssertSucceeded();
            using JsonDocument json = JsonDocument.Parse(train.Output);
            return json.RootElement.Clone();
        }

        static double Loss(JsonElement run) => run.GetProperty("logLoss").GetDouble();
    }

    [TestMethod]
    public void Other_weights_are_named_with_those_that_there_are()
    {
        CommandLine train = CommandLine.Run("train", TemporaryFolder.Flowers, "--class-weights", "inverse");
        Assert.AreEqual(1, train.ExitCode);
        Assert.Contains("--class-weights is 'inverse'; it takes none or balanced.", train.Errors);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(from, to);
    }
}
