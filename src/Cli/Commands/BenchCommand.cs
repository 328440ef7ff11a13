using System.CommandLine;
using System.Globalization;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary><c>bench</c>: how fast networks run on this machine.</summary>
internal static class BenchCommand
{
    private const string UsualModel = "resnet18_mlnet";

    public static Command Create()
    {
        var models = new Argument<string[]>("MODEL")
        {
            Description = $"Backbones that `models` lists (measured with random weights), ONNX files that `export` wrote, or models that you trust; by default {UsualModel}.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var images = new Option<string?>("--images")
        {
            Description = "A folder or a list of photos to decode; without it, some of 500 x 375 pixels are made up.",
            HelpName = "FOLDER",
        };
        Option<OnnxPrecision[]> precisions = List<OnnxPrecision>("--precision", "float32,half,int8",
            "What the networks compute in; by default float32 for a backbone, and what a file has.",
            text => Enum.TryParse(text, ignoreCase: true, out OnnxPrecision precision) && !char.IsDigit(text[0]) ? precision : null);
        Option<int[]> batches = List<int>("--batch", "1,8,32", "Images that go through the network at once, 1 to 1024; by default 1,8,32.",
            text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size is >= 1 and <= 1024 ? size : null);
        Option<double> seconds = new Option<double>("--seconds")
        {
            Description = "How long each figure is measured.",
            HelpName = "N",
            DefaultValueFactory = _ => 2,
        }.Within(0.1, 60);
        var featurizing = new FeaturizingOptions();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("bench", "Measures how fast networks run on this machine, alone and from files to features.")
        {
            models, images, precisions, batches, seconds, json,
        };
        featurizing.AddTo(command);
        command.SetAction((arguments, cancellationToken) => Task.Run(() =>
        {
            var options = new BenchmarkOptions
            {
                Images = arguments.GetValue(images),
                Precisions = arguments.GetValue(precisions) is { Length: > 0 } computes ? computes : null,
                Duration = TimeSpan.FromSeconds(arguments.GetValue(seconds)),
                Featurizing = featurizing.Read(arguments),
            };
            if (arguments.GetValue(batches) is { Length: > 0 } sizes) options = options with { BatchSizes = sizes };
            Run(arguments.GetValue(models) is { Length: > 0 } named ? named : [UsualModel], options, arguments.GetValue(json), cancellationToken);
        }, cancellationToken));
        return command;
    }

    private static Option<T[]> List<T>(string name, string example, string description, Func<string, T?> parse)
        where T : struct => new(name)
        {
            Description = description,
            HelpName = example,
            CustomParser = result =>
            {
                T?[] values = [.. result.Tokens.SelectMany(token => token.Value.Split(',')).Select(parse)];
                if (values.All(value => value is not null)) return [.. values.Select(value => value!.Value)];
                result.AddError($"{name} is '{string.Join(',', result.Tokens.Select(token => token.Value))}'; it takes a list such as {example}.");
                return null;
            },
        };

    private static void Run(string[] models, BenchmarkOptions options, bool json, CancellationToken cancellationToken)
    {
        using var progress = new TerminalProgress();
        IEnumerable<BackboneSpeed> rows = BackboneBenchmark.Run(models, options, progress, cancellationToken);
        if (json) Terminal.Json(rows.Select(Json).ToArray());
        else Print(rows);
    }

    private static object Json(BackboneSpeed row) => new
    {
        row.Model,
        row.Precision,
        Batch = row.Speed.BatchSize,
        row.Device,
        Processor = Processor.Description,
        row.Speed.NetworkImagesPerSecond,
        row.Speed.NetworkSpread,
        row.Speed.DecodingImagesPerSecond,
        row.Speed.PipelineImagesPerSecond,
        row.Speed.P50,
        row.Speed.P95,
        row.Speed.P99,
        MemoryMB = row.Speed.MemoryMegabytes,
        row.PartOfPeak,
    };

    // Markdown, to be pasted into an issue or a pull request.
    private static void Print(IEnumerable<BackboneSpeed> rows)
    {
        bool first = true;
        foreach (BackboneSpeed row in rows)
        {
            if (first) PrintHeading(row.Device);
            first = false;
            FeaturizerSpeed speed = row.Speed;
            Terminal.Print(string.Create(CultureInfo.InvariantCulture,
                $"| {row.Model} | {row.Precision} | {speed.BatchSize} | {speed.NetworkImagesPerSecond:F1} | {speed.NetworkSpread:P0} | {speed.P50:F1} | {speed.P95:F1} | {speed.P99:F1} | {speed.DecodingImagesPerSecond:F0} | {speed.PipelineImagesPerSecond:F1} | {speed.MemoryMegabytes:F0} | {row.PartOfPeak:P0} |"));
        }
    }

    private static void PrintHeading(string device)
    {
        Terminal.Print($"{Processor.Description}, {Environment.ProcessorCount} cores; {device}.");
        Terminal.Print("");
        Terminal.Print("| model | precision | batch | network, images/s | spread | p50, ms | p95 | p99 | decoding, images/s | files to features, images/s | memory, MB | part of peak |");
        Terminal.Print("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    }
}
