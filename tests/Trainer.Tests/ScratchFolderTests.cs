using ResNetMLNet.Trainer;

namespace Trainer.Tests;

[TestClass]
public sealed class ScratchFolderTests
{
    [TestMethod]
    public void What_killed_processes_left_in_the_temporary_folder_goes_and_nothing_else_does()
    {
        using var temp = new TemporaryFolder();
        string killed = Make("resnet-mlnet-scratch-killed", locked: true), young = Make("resnet-mlnet-scratch-young", locked: true);
        string unlocked = Make("resnet-mlnet-scratch-of-somebody", locked: false), other = Make("others", locked: true), running = Make("resnet-mlnet-scratch-running", locked: false);
        using FolderLock? held = FolderLock.TryTake(running);
        foreach (string folder in new[] { killed, unlocked, other, running }) Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow.AddMinutes(-5));

        ScratchFolder.RemoveStale(temp["."]);

        Assert.IsFalse(Directory.Exists(killed));
        foreach (string folder in new[] { young, unlocked, other, running }) Assert.IsTrue(File.Exists(Path.Combine(folder, "backbone.onnx")), folder);

        string Make(string name, bool locked)
        {
            string folder = Directory.CreateDirectory(temp[name]).FullName;
            File.WriteAllText(Path.Combine(folder, "backbone.onnx"), "x");
            if (locked) File.WriteAllText(Path.Combine(folder, FolderLock.FileName), "");
            return folder;
        }
    }

    [TestMethod]
    public void A_lock_that_was_removed_and_made_again_lets_one_in()
    {
        using var temp = new TemporaryFolder();
        string folder = temp["."];
        int holders = 0, most = 0;
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            using FolderLock? held = FolderLock.TryTake(folder);
            if (held is null) return;
            int now = Interlocked.Increment(ref holders);
            if (now > most) most = now;
            Thread.SpinWait(200);
            Interlocked.Decrement(ref holders);
        });
        Assert.AreEqual(1, most);
    }
}
