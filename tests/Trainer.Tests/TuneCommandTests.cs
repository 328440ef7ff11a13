using System.Diagnostics;
using System.Text.Json;
using ResNetMLNet.Backbones;
using ResNetMLNet.Trainer;
using static TorchSharp.torch;

namespace Trainer.Tests;

/// <summary>The command trains a small network of the catalog on real photos, is killed and stopped, and goes on.</summary>
[TestClass]
public sealed class TuneCommandTests
{
    private static TemporaryFolder folder = null!;
    private static CommandLine whole = null!;

    private static string Photos => folder["photos"];

    private static string[] Arguments(string output, string? photos = null) =>
    [
        "train", photos ?? Photos, "--backbone", "resnet10t", "--fresh", "--tune", "last-stage", "--train-scale", "1", "--image-size", "64", "--batch-size", "4", "--epochs", "3",
        "--output", folder[output],
    ];

    [ClassInitialize]
    public static void Train(TestContext _)
    {
        folder = new TemporaryFolder();
        folder.Photos("photos", 10, "daisy", "roses");
        whole = CommandLine.Run([.. Arguments("whole"), "--json"]);
        whole.AssertSucceeded();
    }

    [ClassCleanup]
    public static void Clean() => folder.Dispose();

    [TestMethod]
    public void A_tuned_network_becomes_an_ordinary_model()
    {
        using JsonDocument metrics = JsonDocument.Parse(whole.Output);
        Assert.AreEqual(16, metrics.RootElement.GetProperty("trainImages").GetInt32());
        StringAssert.EndsWith(metrics.RootElement.GetProperty("weights").GetString(), ", trained on photos");
        CommandLine predict = CommandLine.Run("predict", folder["whole"], Photos, "--json");
        predict.AssertSucceeded();
        using JsonDocument predictions = JsonDocument.Parse(predict.Output);
        Assert.AreEqual(20, predictions.RootElement.GetArrayLength());
    }

    /// <summary>ONNX Runtime adds in another order than libtorch, and resizes the same: the log-losses differ in the sixth digit.</summary>
    [TestMethod]
    public void The_model_is_the_network_that_was_trained()
    {
        using JsonDocument metrics = JsonDocument.Parse(whole.Output);
        using JsonDocument history = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder["whole"], "history.json")));
        JsonElement last = history.RootElement.EnumerateArray().Last();
        Assert.AreEqual(last.GetProperty("validationAccuracy").GetDouble(), metrics.RootElement.GetProperty("accuracy").GetDouble());
        Assert.AreEqual(last.GetProperty("validationLoss").GetDouble(), metrics.RootElement.GetProperty("logLoss").GetDouble(), 1e-4);
    }

    /// <summary>From fresh weights too: no other head is fitted on what they became.</summary>
    [TestMethod]
    public void A_network_from_scratch_keeps_its_classifier()
    {
        CommandLine scratch = CommandLine.Run(
            "train", Photos, "--backbone", "resnet10t", "--tune", "scratch", "--image-size", "64", "--batch-size", "8", "--epochs", "1", "--output", folder["scratch"], "--json");
        scratch.AssertSucceeded();
        using JsonDocument metrics = JsonDocument.Parse(scratch.Output);
        using JsonDocument history = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder["scratch"], "history.json")));
        double expected = history.RootElement.EnumerateArray().Last().GetProperty("validationLoss").GetDouble();
        Assert.AreEqual(expected, metrics.RootElement.GetProperty("logLoss").GetDouble(), 1e-3 * (1 + expected));
    }

    /// <summary>The batch norms are in the checkpoint, and folded in the model: the features are the same.</summary>
    [TestMethod]
    public void What_a_tuning_writes_is_taken_as_weights()
    {
        CommandLine.Run(
            "train", Photos, "--backbone", "resnet10t", "--tune", "scratch", "--image-size", "64", "--batch-size", "8", "--epochs", "1",
            "--keep-best", "--output", folder["kept"]).AssertSucceeded();
        using Tensor images = randn(2, 3, 64, 64, generator: new Generator(1));
        string best = Path.Combine(folder["kept"], "checkpoints", "best.safetensors");
        using Tensor trained = Features(best), zipped = Features(Path.Combine(folder["kept"], "model.zip"));
        Assert.IsLessThan(1e-4, Difference(zipped));
        CommandLine.Run("export", "resnet10t", "--weights", best, "--classes", "0", "-o", folder["exported.onnx"]).AssertSucceeded();
        using Tensor exported = Features(folder["exported.onnx"]);
        Assert.IsLessThan(1e-4, Difference(exported));

        double Difference(Tensor features) => (features - trained).norm().item<float>() / trained.norm().item<float>();

        Tensor Features(string weights)
        {
            using Backbone network = BackboneRegistry.Create("resnet10t", weights, classes: 0);
            network.eval();
            using IDisposable noGradient = no_grad();
            return network.Features(images);
        }
    }

    [TestMethod]
    public void The_history_has_every_epoch_and_the_configuration_every_setting()
    {
        using JsonDocument history = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder["whole"], "history.json")));
        CollectionAssert.AreEqual(new[] { 1, 2, 3 }, history.RootElement.EnumerateArray().Select(epoch => epoch.GetProperty("epoch").GetInt32()).ToArray());
        using JsonDocument configuration = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder["whole"], "configuration.json")));
        Assert.AreEqual("last-stage", configuration.RootElement.GetProperty("tune").GetString());
        Assert.AreEqual(4, configuration.RootElement.GetProperty("recipe").GetProperty("batchSize").GetInt32());
    }

    /// <summary>The photos have moved in the meantime; while they are not the same ones, it does not go on.</summary>
    [TestMethod]
    public void After_kill_9_training_goes_on_to_the_same_network()
    {
        folder.Photos("old/photos", 10, "daisy", "roses");
        using (Process process = CommandLine.Start(Arguments("killed", folder["old/photos"])))
        {
            // Somewhere in the second epoch.
            while (process.StandardError.ReadLine() is string line && !line.StartsWith("Epoch 1/3: ", StringComparison.Ordinal)) { }
            process.Kill();
            process.WaitForExit();
        }
        Assert.IsFalse(File.Exists(Path.Combine(folder["killed"], "model.zip")));
        folder.Move("old", "new");
        string added = folder["new/photos/daisy/added.jpg"];
        File.WriteAllText(added, "");
        CommandLine.Run("train", "--resume", folder["killed"]).AssertFailed(
            $"The images of this training were in '{folder["old/photos"]}', which does not exist. If they were moved, name the folder where they are, with --resume.");
        CommandLine.Run("train", folder["new/photos"], "--resume", folder["killed"]).AssertFailed(
            $"The images are not those that the training in '{folder["killed"]}' was started with: 1 added ('daisy/added.jpg'). It would validate on images that it has trained on, or learn other classes. " +
            "Put them back as they were to go on with it; with other images, start anew with --force, or in another folder with --output.");
        File.Delete(added);

        CommandLine.Run("train", folder["new/photos"], "--resume", folder["killed"]).AssertSucceeded();

        AssertSameModel("killed");
        CollectionAssert.AreEquivalent(
            ResultFolder.Files.Append(ResultFolder.Checkpoints).ToArray(),
            Directory.EnumerateFileSystemEntries(folder["killed"]).Select(Path.GetFileName).ToArray(), "nothing of the killed run is left");
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void Ctrl_C_saves_and_says_how_to_go_on()
    {
        string output = folder["stopped"];
        using (Process process = CommandLine.Start(Arguments("stopped")))
        {
            var errors = new List<string>();
            while (process.StandardError.ReadLine() is string line)
            {
                errors.Add(line);
                if (line.StartsWith("Epoch 1/3: ", StringComparison.Ordinal)) CommandLine.Signal(process, "INT");
            }
            process.WaitForExit();
            Assert.AreEqual(130, process.ExitCode, string.Join('\n', errors));
            StringAssert.Matches(errors[^1], new($@"^error: Stopped after step \d of epoch [23], and saved\. Go on with: resnet-mlnet train --resume {output}$"));
        }

        CommandLine.Run("train", "--resume", output).AssertSucceeded();

        AssertSameModel("stopped");
    }

    /// <summary>A disk of its own has room for the first epoch's checkpoint beside its best weights, and not for the second's; later it has.</summary>
    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void A_full_disk_is_said_and_training_goes_on_when_there_is_room()
    {
        const int noDisk = 77;
        const string script = """
            disk=$1; shift
            mkdir $disk && mount -t tmpfs -o size=90m tmpfs $disk || exit 77
            "$@" 2>$disk.errors && exit 1
            set -e
            mount -o remount,size=1g $disk
            "$1" train --resume $disk/result
            cp $disk/result/backbone.onnx $disk.onnx
            """;
        string disk = folder["disk"];
        CommandLine run = CommandLine.RunProgram("unshare", ["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", disk, CommandLine.Program, .. Arguments("disk/result")]);
        if (run.ExitCode == noDisk || run.Errors.StartsWith("unshare:", StringComparison.Ordinal)) Assert.Inconclusive($"No disk of its own can be mounted here: {run.Errors}");

        run.AssertSucceeded();
        StringAssert.Matches(File.ReadAllText($"{disk}.errors"), new(
            $@"error: A checkpoint could not be written into '{disk}/result/checkpoints': No space left on device.* The one before is whole: make room and go on with --resume\.\s*$"));
        CollectionAssert.AreEqual(File.ReadAllBytes(Path.Combine(folder["whole"], "backbone.onnx")), File.ReadAllBytes($"{disk}.onnx"));
    }

    [TestMethod]
    public void A_training_goes_on_only_as_it_was_started()
    {
        string output = folder["other"];
        Directory.CreateDirectory(output);
        File.Copy(Path.Combine(folder["whole"], "configuration.json"), Path.Combine(output, "configuration.json"));
        CommandLine.Run("train", "--resume", output, "--epochs", "5", "--seed", "2").AssertFailed(
            $"The training in '{output}' was started otherwise: --seed was 1 and is 2; --epochs was 3 and is 5. Go on with it as it was.");
    }

    [TestMethod]
    public void Settings_of_a_recipe_need_something_to_tune() =>
        CommandLine.Run("train", Photos, "--epochs", "5", "--output", folder["none"]).AssertFailed(
            "A recipe and its settings are for training the network, and --tune head trains only a linear classifier. Add --tune all or --tune last-stage.");

    [TestMethod]
    public void Classes_are_balanced_once() =>
        CommandLine.Run([.. Arguments("twice"), "--balanced", "--class-weights", "balanced"]).AssertFailed(
            "--balanced shows each class equally often and balanced --class-weights give rare classes more weight: together they balance twice. Leave one of them out.");

    [TestMethod]
    public void Fresh_weights_are_not_kept() =>
        CommandLine.Run("train", Photos, "--tune", "scratch", "--recipe", "finetune", "--weight-mixing", "0.5", "--output", folder["fresh"]).AssertFailed(
            "--weight-mixing is 0.5, but random weights have nothing worth keeping: with --tune scratch it has to be 1.");

    [TestMethod]
    public void A_training_after_its_time_makes_the_model_of_what_there_is_and_goes_on_in_the_middle()
    {
        CommandLine limited = CommandLine.Run([.. Arguments("limited"), "--max-minutes", "0.0001"]);
        limited.AssertSucceeded();
        using JsonDocument history = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder["limited"], "history.json")));
        Assert.AreEqual(1, history.RootElement.GetArrayLength());

        CommandLine.Run("train", "--resume", folder["limited"]).AssertSucceeded();

        AssertSameModel("limited");
        CommandLine.Run("train", "--resume", folder["limited"]).AssertFailed(
            $"The training in '{folder["limited"]}' is finished: there is nothing to go on with. Start anew with --force, or in another folder with --output.");
    }

    [TestMethod]
    public void Learning_rates_are_tried_and_nothing_is_written()
    {
        CommandLine trial = CommandLine.Run(
            "train", Photos, "--backbone", "resnet10t", "--fresh", "--tune", "last-stage", "--train-scale", "1", "--image-size", "32", "--batch-size", "2",
            "--output", folder["tried"], "--try-learning-rates", "--json");
        trial.AssertSucceeded();
        using JsonDocument json = JsonDocument.Parse(trial.Output);
        Assert.IsGreaterThan(20, json.RootElement.GetProperty("points").GetArrayLength());
        Assert.IsFalse(Directory.Exists(folder["tried"]));
    }

    /// <summary>The network and the classifier on it.</summary>
    private static void AssertSameModel(string output)
    {
        foreach (string file in new[] { "backbone.onnx", "model.zip" })
            CollectionAssert.AreEqual(File.ReadAllBytes(Path.Combine(folder["whole"], file)), File.ReadAllBytes(Path.Combine(folder[output], file)), file);
    }
}
