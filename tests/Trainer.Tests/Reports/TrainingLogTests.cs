using System.Buffers.Binary;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Reports;

[TestClass]
public sealed class TrainingLogTests : IDisposable
{
    private static readonly EpochRecord first = new(1, 0.5, 0.6, 0.75, 0.01, 1.5), second = new(2, 0.25, 0.3, 0.875, 0.005, 3);

    private readonly TemporaryFolder folder = new();

    [TestMethod]
    public void Epochs_are_rows_and_steps_are_events()
    {
        var heard = new List<TrainingEvent>();
        var log = new TrainingLog(new TrainingOptions { LogFolder = folder["log"] }, TrainingEvent.On<TrainingEvent>(heard.Add));
        log.Report(new StepRecord(1, 2, 1, 1, 32, 0.5, 0.01));
        log.Report(first);
        log.Report(second);
        Assert.AreEqual(
            "Epoch,TrainLoss,ValidationLoss,ValidationAccuracy,LearningRate,Seconds\n1,0.5,0.6,0.75,0.01,1.5\n2,0.25,0.3,0.875,0.005,3\n",
            File.ReadAllText(folder["log/history.csv"]));
        Assert.HasCount(3, heard);
        CollectionAssert.IsSubsetOf(
            new[] { ("loss/step", 0.5f, 1L), ("loss/validation", 0.6f, 1L), ("accuracy/validation", 0.875f, 2L) }, Scalars(Directory.GetFiles(folder["log"], "*tfevents*").Single()));
    }

    [TestMethod]
    public void A_training_that_goes_on_keeps_its_rows_and_another_one_does_not_replace_them()
    {
        var options = new TrainingOptions { LogFolder = folder["log"] };
        var log = new TrainingLog(options, null);
        log.Report(first);
        log.Report(second);
        // The second epoch was not in the checkpoint.
        new TrainingLog(options with { Resume = true }, null).Report(second with { TrainLoss = 0.2 });
        StringAssert.EndsWith(File.ReadAllText(folder["log/history.csv"]), "\n1,0.5,0.6,0.75,0.01,1.5\n2,0.2,0.3,0.875,0.005,3\n");

        Assert.AreEqual($"There is a history.csv in '{folder["log"]}' already. Use Overwrite to replace it, or another LogFolder.",
            Assert.ThrowsExactly<TrainingException>(() => new TrainingLog(options, null)).Message);
        new TrainingLog(options with { Overwrite = true }, null).Report(first);
        StringAssert.EndsWith(File.ReadAllText(folder["log/history.csv"]), "Seconds\n1,0.5,0.6,0.75,0.01,1.5\n");

        File.WriteAllText(folder["log/history.csv"], "Epoch,TrainLoss\n1,many\n");
        Assert.ThrowsExactly<InvalidDataException>(() => new TrainingLog(options with { Resume = true }, null));
    }

    public void Dispose() => folder.Dispose();

    /// <summary>Scalars of an event file: records of a length, its checksum, an event and its checksum (tensorflow/core/lib/io/record_writer.h).</summary>
    private static (string, float, long)[] Scalars(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        var scalars = new List<(string, float, long)>();
        for (int at = 0; at < bytes.Length;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            var record = Tensorboard.Event.Parser.ParseFrom(bytes, at + 12, length);
            foreach (Tensorboard.Summary.Types.Value value in record.Summary?.Value ?? []) scalars.Add((value.Tag, value.SimpleValue, record.Step));
            at += 12 + length + 4;
        }
        return [.. scalars];
    }
}
