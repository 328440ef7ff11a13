using ResNetMLNet.Cli;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Reports;

/// <summary>A result folder is one run's, whole, whatever happens, and what is the user's in it stays.</summary>
[TestClass]
public sealed class ResultFolderTests
{
    private static readonly string[] HeadFiles = ["model.zip", "backbone.onnx", "metrics.json", "predictions.csv", "report.html", "MODEL_CARD.md"];
    private static readonly string[] TunedFiles = [.. HeadFiles, "history.json", "configuration.json"];

    private readonly TemporaryFolder folder = new();

    private string Target => folder["result"];

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    public void A_new_result_takes_the_place_of_all_of_the_old_one_and_of_nothing_else()
    {
        Commit("old", TunedFiles);
        string[] checkpoints = ["checkpoints/best.safetensors", "checkpoints/step-00002-00000000/network.safetensors"];
        string[] own = ["notes.txt", "checkpoints/mine.pth", "checkpoints/draft.tmp/a.txt", "step-1/b.txt", ".resnet-mlnet-old.new/c.txt"];
        foreach (string file in checkpoints.Concat(own)) Write(file, "x");

        Commit("new", HeadFiles);

        AssertIs("new", HeadFiles.Concat(own));
    }

    [TestMethod]
    public void A_training_keeps_its_own_checkpoints()
    {
        Write("checkpoints/best.safetensors", "x");
        Commit("new", TunedFiles);
        AssertIs("new", [.. TunedFiles, "checkpoints/best.safetensors"]);
    }

    /// <summary>The folder as a kill leaves it after each step, opened again.</summary>
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_kill_at_any_moment_leaves_the_old_result_or_the_new_one(bool readOnly)
    {
        Commit("old", TunedFiles);
        Write("checkpoints/best.safetensors", "x");
        Write("notes.txt", "x");
        var copies = new List<string>();
        string Copy()
        {
            string copy = folder[$"after {copies.Count}"];
            foreach (string file in Directory.EnumerateFiles(Target, "*", SearchOption.AllDirectories))
            {
                string to = Path.Combine(copy, Path.GetRelativePath(Target, file));
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                if (Path.GetFileName(file) == FolderLock.FileName) File.WriteAllText(to, ""); // held by nobody in the copy
                else File.Copy(file, to);
            }
            copies.Add(copy);
            return copy;
        }

        using (var results = new ResultFolder(Target, overwrite: true))
        {
            foreach (string file in HeadFiles) File.WriteAllText(results[file], "new");
            string before = Copy();
            Open(before);
            AssertIs("old", [.. TunedFiles, "checkpoints/best.safetensors", "notes.txt"], before);
            foreach (string _ in results.CommitSteps()) Copy();
        }

        Assert.IsGreaterThan(8, copies.Count);
        foreach (string copy in copies.Skip(1))
        {
            if (File.Exists(Path.Combine(copy, "model.zip")) && File.ReadAllText(Path.Combine(copy, "model.zip")) == "new")
                Assert.IsFalse(HeadFiles.Any(file => File.ReadAllText(Path.Combine(copy, file)) != "new"), "a model stands beside its own files alone");
            Open(copy);
            AssertIs("new", [.. HeadFiles, "notes.txt"], copy);
        }

        void Open(string copy)
        {
            if (readOnly) ResultFolder.Recover(copy);
            if (!readOnly || File.Exists(Path.Combine(copy, FolderLock.FileName))) new ResultFolder(copy, overwrite: true).Dispose();
        }
    }

    [TestMethod]
    public void What_a_killed_run_left_is_not_committed_and_goes()
    {
        Write($".resnet-mlnet-{Guid.NewGuid():N}.new/history.json", "stale");
        Write("configuration.json.4711-abcdefgh.xyz.tmp", "stale");
        Write(FolderLock.FileName, "");
        Commit("new", HeadFiles);
        AssertIs("new", HeadFiles);
    }

    [TestMethod]
    public void Two_runs_in_one_folder_are_one_too_many()
    {
        using (var results = new ResultFolder(Target, overwrite: false))
        {
            TrainingException refusal = Assert.ThrowsExactly<TrainingException>(() => new ResultFolder(Target, overwrite: true));
            Assert.AreEqual($"Another run is writing into '{Target}'. Wait for it, or choose another folder with --output.", refusal.MessageFor(OptionNames.Of));
        }
        new ResultFolder(Target, overwrite: false).Dispose();
    }

    [TestMethod]
    public void A_run_that_comes_to_nothing_leaves_nothing()
    {
        using (var results = new ResultFolder(folder["a/b/c"], overwrite: false)) File.WriteAllText(results["model.zip"], "x");
        Assert.IsEmpty(folder.Entries);
    }

    /// <summary>A folder that is a mount point, or the only one that may be written into, has no place beside it.</summary>
    [TestMethod]
    public void Everything_is_written_inside_the_folder()
    {
        using var results = new ResultFolder(Target, overwrite: false);
        StringAssert.StartsWith(results["model.zip"], Target + Path.DirectorySeparatorChar);
        CollectionAssert.AreEqual(new[] { "result" }, folder.Entries.ToArray());
    }

    [TestMethod]
    public void A_file_in_place_of_the_folder_is_named()
    {
        File.WriteAllText(Target, "");
        Assert.AreEqual($"'{Target}' is a file. Name a folder for the results with --output.",
            Assert.ThrowsExactly<TrainingException>(() => new ResultFolder(Target, overwrite: true)).MessageFor(OptionNames.Of));
        StringAssert.Matches(Assert.ThrowsExactly<TrainingException>(() => new ResultFolder(Path.Combine(Target, "inner"), overwrite: true)).MessageFor(OptionNames.Of),
            new($"^'{Target}/inner' cannot be written into: .+\\. Choose another folder with --output\\.$"));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void A_folder_that_cannot_be_written_into_is_named_in_one_sentence() =>
        StringAssert.Matches(Assert.ThrowsExactly<TrainingException>(() => new ResultFolder("/proc/result", overwrite: true)).MessageFor(OptionNames.Of),
            new(@"^'/proc/result' cannot be written into: [^\n]+\. Choose another folder with --output\.$"));

    [TestMethod]
    public void Every_file_of_a_result_is_known() => CollectionAssert.AreEquivalent(TunedFiles, ResultFolder.Files.ToArray());

    private void Commit(string text, string[] files)
    {
        using var results = new ResultFolder(Target, overwrite: true);
        foreach (string file in files) File.WriteAllText(results[file], text);
        results.Commit();
    }

    private void Write(string file, string text)
    {
        string path = Path.Combine(Target, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private void AssertIs(string text, IEnumerable<string> files, string? at = null)
    {
        string place = at ?? Target;
        string[] there = [.. Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(place, file))];
        CollectionAssert.AreEquivalent(files.ToArray(), there, string.Join(' ', there));
        foreach (string file in there.Intersect(ResultFolder.Files)) Assert.AreEqual(text, File.ReadAllText(Path.Combine(place, file)), file);
    }
}
