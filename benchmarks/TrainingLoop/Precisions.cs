using System.Globalization;
using ResNetMLNet.Backbones;
using static TorchSharp.torch;

/// <summary>Steps of a plain TorchSharp loop in each precision, with activations in either memory layout.</summary>
internal static class Precisions
{
    private const int StepsOfRound = 3, Classes = 5;

    public static void Write(string backbone, int batchSize, int rounds, TrainingPrecision[] precisions)
    {
        (TrainingPrecision Precision, bool ChannelsLast)[] ways = [.. precisions.SelectMany(precision => new[] { (precision, false), (precision, true) })];
        Console.WriteLine($"| round |{string.Concat(ways.Select(way => $" {Name(way)} |"))}");
        Console.WriteLine($"|---|{string.Concat(ways.Select(_ => "---:|"))}");
        using var plain = new PlainLoop(backbone, InitialWeights.Fresh, Classes, learningRate: 1e-4);
        for (int round = 0; round <= rounds; round++) // the first is not counted: it loads and allocates
        {
            double[] speeds = [.. ways.Select(Speed)];
            if (round > 0) Console.WriteLine($"| {round} |{string.Concat(speeds.Select(speed => string.Create(CultureInfo.InvariantCulture, $" {speed:F2} |")))}");
        }

        double Speed((TrainingPrecision Precision, bool ChannelsLast) way)
        {
            plain.Network.WhileTraining = new TrainingForward { Precision = way.Precision };
            using Tensor nhwc = randn(batchSize, 224, 224, 3), labels = randint(0, Classes, batchSize);
            using Tensor nchw = nhwc.permute(0, 3, 1, 2), images = way.ChannelsLast ? nchw.alias() : nchw.contiguous();
            return plain.Speed(images, labels, StepsOfRound);
        }
    }

    private static string Name((TrainingPrecision Precision, bool ChannelsLast) way) =>
        $"{way.Precision.ToString().ToLowerInvariant()}{(way.ChannelsLast ? ", channels-last" : "")}, images/s";
}
