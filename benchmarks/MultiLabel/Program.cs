// How well several labels of an image are found: frames with two photos of flowers, ants or bees.
//   dotnet run -c Release --project benchmarks/MultiLabel -- SEEDS FLOWERS HYMENOPTERA [TUNE...]
// FLOWERS and HYMENOPTERA have train and val, each with a folder of photos for each label; frames to train on are made of the one and frames to
// validate on of the other. Trains with seeds 1 to SEEDS, and TUNE of Head (by default), LastStage and All. Prints a Markdown table.
using System.Diagnostics;
using System.Globalization;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string scratch = Directory.CreateTempSubdirectory("multi-label-").FullName;
string train = Frames.Make([Path.Combine(args[1], "train"), Path.Combine(args[2], "train")], Path.Combine(scratch, "train"), seed: 1);
string validation = Frames.Make([Path.Combine(args[1], "val"), Path.Combine(args[2], "val")], Path.Combine(scratch, "val"), seed: 1);
MultiLabelDataSet data = MultiLabelDataSet.FromList(train, validation);
Console.WriteLine("| trained | seed | mAP | micro F1 | macro F1 | ranking loss | log-loss | images to train on, to validate on | seconds |");
Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
foreach (Tune tune in args.Length > 3 ? args[3..].Select(Enum.Parse<Tune>) : [Tune.Head])
{
    for (int seed = 1; seed <= int.Parse(args[0]); seed++)
    {
        var clock = Stopwatch.StartNew();
        using MultiLabelRun run = BackboneTrainer.Train(data, new TrainingOptions { Tune = tune, Seed = seed });
        MultiLabelReport report = run.Report;
        Console.WriteLine(
            $"| {tune} | {seed} | {report.MeanAveragePrecision:F3} | {report.MicroF1:F3} | {report.MacroF1:F3} | {report.RankingLoss:F3} | {report.LogLoss:F3} " +
            $"| {run.Metrics.TrainImages}, {report.Images} | {clock.Elapsed.TotalSeconds:F0} |");
    }
}

Directory.Delete(scratch, recursive: true);
