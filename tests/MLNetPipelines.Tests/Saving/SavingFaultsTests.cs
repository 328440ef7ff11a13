using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>A model is saved whole or not at all, whatever happens meanwhile.</summary>
[TestClass]
public sealed class SavingFaultsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MLContext ml = new();

    [TestMethod]
    [Timeout(60_000)]
    public void A_process_that_is_killed_while_it_saves_leaves_a_whole_model()
    {
        string model = TinyClassifier.Save(folder), target = folder.File("target.zip");
        using Process process = Process.Start(new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "LeavesNothing.dll"), "save", model, target])
        {
            RedirectStandardOutput = true,
            Environment = { ["TMPDIR"] = folder.Path },
        })!;
        Assert.AreEqual("saving", process.StandardOutput.ReadLine());
        Thread.Sleep(300);
        process.Kill();
        process.WaitForExit();

        using ImageClassifier classifier = ImageClassifier.Load(target);
        Assert.HasCount(3, classifier.Classes);
    }

    [TestMethod]
    public void A_full_disk_is_one_sentence_and_leaves_the_model_that_was_there()
    {
        string disk = Directory.CreateDirectory(folder.File("disk")).FullName, model = TinyClassifier.Save(folder), target =
            Path.Combine(disk, "model.zip");
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root" || !Run("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk))
        {
            Assert.Inconclusive("A disk of 16 KB is mounted by root only.");
        }

        try
        {
            File.WriteAllText(target, "the one that was there");
            using TransformerChain<ITransformer> loaded = ml.Model.LoadImageModel(model, out DataViewSchema schema);
            for (int i = 0; i < 3; i++) File.WriteAllBytes(Path.Combine(disk, $"filler{i}"), new byte[4096]);

            IOException error = Assert.Throws<IOException>(() => ml.Model.SaveImageModel(loaded, schema, target));

            Assert.Contains("No space left on device", error.Message);
            Assert.AreEqual("the one that was there", File.ReadAllText(target));
            Assert.HasCount(4, Directory.GetFiles(disk));
        }
        finally
        {
            Run("umount", disk);
        }
    }

    public void Dispose() => folder.Dispose();

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
