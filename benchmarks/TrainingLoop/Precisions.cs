using System.Diagnostics;
using System.Globalization;
using ResNetMLNet.Backbones;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

/// <summary>Steps of a plain TorchSharp loop in each precision, with activations in either memory layout.</summary>
internal static class Precisions
{
    private const int StepsOfRound = 3;

    public static void Write(string backbone, int batchSize, int rounds, TrainingPrecision[] precisions)
    {
        (TrainingPrecision Precision, bool ChannelsLast)[] ways = [.. precisions.SelectMany(precision => new[] { (precision, false), (precision, true) })];
        Console.WriteLine($"| round |{string.Concat(ways.Select(way => $" {Name(way)} |"))}");
        Console.WriteLine($"|---|{string.Concat(ways.Select(_ => "---:|"))}");
        using Backbone network = BackboneRegistry.Create(backbone, InitialWeights.Fresh, classes: 0);
        using Linear classifier = nn.Linear(network.Spec.FeatureWidth, 5);
        using SGD sgd = optim.SGD([.. network.parameters(), .. classifier.parameters()], 1e-4, momentum: 0.9, nesterov: true);
        network.train();
        foreach (BatchNorm2d norm in network.modules().OfType<BatchNorm2d>()) norm.eval();
        for (int round = 0; round <= rounds; round++) // the first is not counted: it loads and allocates
        {
            double[] speeds = [.. ways.Select(Speed)];
            if (round > 0) Console.WriteLine($"| {round} |{string.Concat(speeds.Select(speed => string.Create(CultureInfo.InvariantCulture, $" {speed:F2} |")))}");
        }

        double Speed((TrainingPrecision Precision, bool ChannelsLast) way)
        {
            network.WhileTraining = new TrainingForward { Precision = way.Precision };
            using Tensor nhwc = randn(batchSize, 224, 224, 3), labels = randint(0, 5, batchSize);
            using Tensor nchw = nhwc.permute(0, 3, 1, 2), images = way.ChannelsLast ? nchw.alias() : nchw.contiguous();
            var clock = Stopwatch.StartNew();
            for (int i = 0; i < StepsOfRound; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor loss = nn.functional.cross_entropy(classifier.call(network.call(images)), labels);
                sgd.zero_grad();
                loss.backward();
                sgd.step();
                loss.item<float>();
            }
            return StepsOfRound * batchSize / clock.Elapsed.TotalSeconds;
        }
    }

    private static string Name((TrainingPrecision Precision, bool ChannelsLast) way) =>
        $"{way.Precision.ToString().ToLowerInvariant()}{(way.ChannelsLast ? ", channels-last" : "")}, images/s";
}
