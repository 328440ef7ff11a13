namespace Trainer.Tests;

/// <summary>What commands leave outside of the folders that they were given.</summary>
[TestClass]
public sealed class LeavesNothingTests
{
    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Training_and_prediction_leave_no_temporary_file_and_no_trace_of_telemetry()
    {
        using var folder = new TemporaryFolder();
        string photos = folder.Photos("photos", perClass: 5, "daisy", "roses");
        Dictionary<string, string> folders = new[] { "TMPDIR", "HOME", "XDG_CACHE_HOME" }.ToDictionary(name => name, name => Directory.CreateDirectory(folder[name]).FullName);
        string[] environment = ["-u", "ORT_DISABLE_TELEMETRY", "DOTNET_EnableDiagnostics=0", .. folders.Select(f => $"{f.Key}={f.Value}"), CommandLine.Program];

        string[] small = ["--backbone", "resnet10t", "--fresh", "--tune", "last-stage", "--epochs", "1", "--image-size", "64"];
        CommandLine.RunProgram("env", [.. environment, "train", photos, "--output", folder["model"], .. small]).AssertSucceeded();
        CommandLine.RunProgram("env", [.. environment, "predict", Path.Combine(folder["model"], "model.zip"), photos, "--no-cache"]).AssertSucceeded();

        foreach (string path in folders.Values)
        {
            string[] left = Directory.GetFileSystemEntries(path, "*", SearchOption.AllDirectories);
            Assert.IsEmpty(left, string.Join(", ", left));
        }
    }
}
