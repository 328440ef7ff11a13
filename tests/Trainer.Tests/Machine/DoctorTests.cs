using System.Text.Json;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Machine;

[TestClass]
public sealed class DoctorTests
{
    private readonly TemporaryFolder folder = new();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    public void A_machine_that_runs_the_tests_is_well()
    {
        CommandLine doctor = CommandLine.Run("doctor", "--json");
        doctor.AssertSucceeded();
        using var json = JsonDocument.Parse(doctor.Output);
        Dictionary<string, string> facts = json.RootElement.EnumerateArray()
            .ToDictionary(fact => fact.GetProperty("name").GetString()!, fact => fact.GetProperty("value").GetString()!);
        Assert.Contains("CPUExecutionProvider", facts["ONNX Runtime's library"]);
        Assert.EndsWith("1 + 1 is 2", facts["TorchSharp's library"]);
        Assert.Contains(" GB free", facts["temporary files"]);
        CommandLine read = CommandLine.Run("doctor");
        Assert.Contains($"processor: {facts["processor"]}", read.Output);
        Assert.EndsWith("Nothing is wrong.", read.Errors.TrimEnd());
    }

    [TestMethod]
    public void A_folder_is_measured_and_nothing_is_left_in_it()
    {
        Directory.CreateDirectory(folder["here"]);
        File.WriteAllBytes(folder["here/kept"], new byte[20_000_000]);
        MachineFact fact = MachineCheck.Folder("kept features", folder["here"]);
        Assert.StartsWith($"{folder["here"]} (0.02 GB, ", fact.Value);
        Assert.IsNull(fact.Problem);
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder["here"]));
        Assert.StartsWith($"{folder["later"]} (", MachineCheck.Folder("kept features", folder["later"]).Value);
        Assert.IsFalse(Directory.Exists(folder["later"]));
    }

    [TestMethod]
    public void A_folder_that_cannot_be_written_to_is_a_problem_with_its_remedy()
    {
        if (!OperatingSystem.IsLinux()) Assert.Inconclusive("Linux has a folder that nobody can write to.");
        MachineFact fact = MachineCheck.Folder("kept features", "/proc/self/cache");
        Assert.StartsWith("'/proc/self' cannot be written to (", fact.Problem);
        Assert.EndsWith("or name another folder by the environment variable RESNETMLNET_CACHE.", fact.Problem);
    }
}
