using System.Globalization;
using ResNetMLNet.Trainer;

/// <summary>Memory over the stages of a whole training, by what it reports: what is resident as one ends, and the peak within it.</summary>
internal sealed class StageMemory : IProgress<TrainingEvent>
{
    private string stage = "start of the process";

    /// <param name="folder">The images.</param>
    /// <param name="imageSize">In pixels.</param>
    /// <param name="batchSize">Images of a batch.</param>
    /// <param name="epochs">0 tries learning rates.</param>
    public static void Write(string folder, int imageSize, int batchSize, int epochs)
    {
        var memory = new StageMemory();
        Console.WriteLine("| stage | resident at its end, MB | of that libraries | .NET (live) | malloc, in use | malloc, kept | peak within, MB |\n|---|---:|---:|---:|---:|---:|---:|");
        memory.Begin("weights and network");
        Recipe recipe = Recipe.FineTune with { BatchSize = batchSize, Epochs = Math.Max(1, epochs), WarmUpEpochs = 0 };
        var options = new TrainingOptions { Tune = Tune.All, ImageSize = imageSize, Recipe = recipe };
        if (epochs == 0) BackboneTrainer.TryLearningRates(ImageDataSet.FromFolder(folder), options, memory);
        else BackboneTrainer.Train(ImageDataSet.FromFolder(folder), options, memory).Dispose();
        memory.Begin("");
    }

    public void Report(TrainingEvent value)
    {
        if (value switch
        {
            WorkProgress work => work.What,
            OptimizationPhase { Running: true } => "the first step",
            StepRecord end => end.Step == end.Steps ? $"validation and checkpoint {end.Epoch}" : end.Step == 1 ? $"other steps of epoch {end.Epoch}" : null,
            EpochRecord epoch => $"step 1 of epoch {epoch.Epoch + 1}, or the end",
            OptimizationPhase { Running: false } => "export",
            TrainingMessage message when $"{message.Text}".StartsWith("Backbone:", StringComparison.Ordinal) => "opening ONNX Runtime",
            TrainingMessage message when $"{message.Text}".StartsWith("A head on", StringComparison.Ordinal) => "a head's end",
            _ => null,
        } is string next && next != stage) Begin(next);
    }

    private void Begin(string next)
    {
        Dictionary<string, string> status = File.ReadLines("/proc/self/status").Select(line => line.Split(':', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
        NativeHeap heap = NativeHeap.Now;
        Console.WriteLine($"| {stage} | {Kilobytes("VmRSS")} | {Kilobytes("RssFile")} | {GC.GetGCMemoryInfo().TotalCommittedBytes / 1_000_000} ({GC.GetTotalMemory(false) / 1_000_000}) | {heap.InUse / 1_000_000} | {heap.Kept / 1_000_000} | {Kilobytes("VmHWM")} |");
        File.WriteAllText("/proc/self/clear_refs", "5"); // the peak begins anew: proc(5)
        stage = next;

        long Kilobytes(string key) => long.Parse(status[key].Replace("kB", ""), CultureInfo.InvariantCulture) * 1024 / 1_000_000;
    }
}
