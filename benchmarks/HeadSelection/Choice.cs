using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using ResNetMLNet.MLNetPipelines;

/// <summary>Heads that are chosen by cross-validation, beside the one that is always the same.</summary>
internal static class Choice
{
    private const int Seeds = 5;

    private static readonly ClassificationHeadOptions Usual = new() { Scaling = FeatureScaling.UnitLength, L2Regularization = 0.01f };

    /// <summary>One set: accuracy and log-loss on a fifth of each class, mean over five splits. Nothing is chosen on that fifth.</summary>
    public static void Write(string name, IReadOnlyList<LabeledFeatures> images)
    {
        (IReadOnlyList<LabeledFeatures> Train, IReadOnlyList<LabeledFeatures> Validation)[] splits =
            [.. Enumerable.Range(1, Seeds).Select(seed => StratifiedSplit.Of(images, image => image.Label, 0.2, seed))];
        var clock = Stopwatch.StartNew();
        ClassificationHeadOptions[] chosen =
            [.. splits.Select((split, i) => ClassificationHead.Choose(split.Train, new ClassificationHeadOptions { Seed = i + 1 }))];
        string seconds = (clock.Elapsed.TotalSeconds / Seeds).ToString("F1", CultureInfo.InvariantCulture);
        (double accuracy, double loss) = Mean([.. splits.Select(split => Evaluate(split.Train, split.Validation, Usual))]);
        (double chosenAccuracy, double chosenLoss) = Mean([.. splits.Zip(chosen, (split, head) => Evaluate(split.Train, split.Validation, head))]);
        string heads = string.Join(", ", chosen.Select(head => string.Create(CultureInfo.InvariantCulture, $"{(head.Scaling == FeatureScaling.UnitLength ? "u" : "s")} {head.L2Regularization}")));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {splits[0].Train.Count} | {accuracy:F4} / {loss:F3} | {chosenAccuracy:F4} / {chosenLoss:F3} | {heads} | {seconds} |"));
    }

    /// <summary>How long a choice and a fit take on random features.</summary>
    public static void WriteSeconds()
    {
        Console.WriteLine("| images | features | classes | seconds to choose | to fit |\n|---:|---:|---:|---:|---:|");
        foreach ((int images, int width, int classes) in new[] { (200, 512, 5), (1000, 512, 5), (10_000, 512, 5), (200, 2048, 5), (1000, 2048, 5), (10_000, 2048, 5), (10_000, 2048, 100) })
        {
            var random = new Random(1);
            float[][] centres = [.. Enumerable.Range(0, classes).Select(_ => Vector(random, width, 0.4f))];
            LabeledFeatures[] set = [.. Enumerable.Range(0, images).Select(i => new LabeledFeatures("", $"{i % classes}", [.. centres[i % classes].Zip(Vector(random, width, 1), (a, b) => a + b)]))];
            var clock = Stopwatch.StartNew();
            ClassificationHeadOptions head = ClassificationHead.Choose(set);
            double choosing = clock.Elapsed.TotalSeconds;
            string fitting = "";
            if ((long)images * width * classes < 1_000_000_000)
            {
                clock.Restart();
                _ = ClassificationHead.Fit(new MLContext(seed: 1), set, head);
                fitting = clock.Elapsed.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {images} | {width} | {classes} | {choosing:F1} | {fitting} |"));
        }
    }

    private static float[] Vector(Random random, int width, float scale) => [.. Enumerable.Range(0, width).Select(_ => scale * random.NextSingle())];

    private static (double Accuracy, double LogLoss) Evaluate(IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation, ClassificationHeadOptions head)
    {
        var mlContext = new MLContext(seed: 1);
        ClassificationReport report = ClassificationReport.Of(mlContext, ClassificationHead.Fit(mlContext, train, head), validation);
        return (report.Accuracy, report.LogLoss);
    }

    private static (double Accuracy, double LogLoss) Mean((double Accuracy, double LogLoss)[] figures) =>
        (figures.Average(one => one.Accuracy), figures.Average(one => one.LogLoss));
}
