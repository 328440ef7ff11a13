using System.CommandLine;
using ResNetMLNet.Backbones.Weights;

namespace ResNetMLNet.Cli;

/// <summary><c>weights</c>: the pretrained weights, and which of them are on this machine.</summary>
internal static class WeightsCommand
{
    public static Command Create() =>
        new("weights", "Lists, downloads, checks and deletes pretrained weights.") { List(), Download(), Verify(), Clear() };

    private static Argument<string[]> Names(string description, ArgumentArity arity) =>
        new("NAME") { Description = description, Arity = arity };

    private static Command List()
    {
        Argument<string[]> names = Names("Backbones or weights to list; by default, all.", ArgumentArity.ZeroOrMore);
        Option<bool> json = CommonOptions.Json();
        var command = new Command("list", "Lists pretrained weights: published ImageNet accuracy, licence, and which are on this machine.") { names, json };
        command.SetAction(arguments =>
        {
            string[] wanted = arguments.GetValue(names)!;
            using var hub = new WeightsHub();
            PretrainedWeights[] named = Find(wanted.Except(PretrainedWeights.All.Select(weights => weights.Architecture)));
            Row[] rows =
            [
                .. PretrainedWeights.All.Where(weights => wanted is [] || wanted.Contains(weights.Architecture) || named.Contains(weights))
                    .Select(weights => Row.Of(weights, hub)),
            ];
            if (arguments.GetValue(json)) Terminal.Json(rows);
            else Write(rows);
        });
        return command;
    }

    private static Command Download()
    {
        Argument<string[]> names = Names("Weights that `weights list` lists.", ArgumentArity.OneOrMore);
        var command = new Command("download", "Downloads weights, so that they can be used without a network.") { names };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            foreach (PretrainedWeights weights in Find(arguments.GetValue(names)!))
                Terminal.Say($"{weights.Name}: {await WeightsDownloads.GetAsync(weights, cancellationToken)} (licence {weights.License})");
        });
        return command;
    }

    private static Command Verify()
    {
        Argument<string[]> names = Names("Weights to check; by default, all that were downloaded.", ArgumentArity.ZeroOrMore);
        var command = new Command("verify", "Compares downloaded weights with the SHA-256 that the hub announced.") { names };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var hub = new WeightsHub();
            string[] wanted = arguments.GetValue(names)!;
            int damaged = 0;
            foreach (PretrainedWeights weights in wanted is [] ? PretrainedWeights.All.Where(weights => hub.FindCached(weights) is not null) : Find(wanted))
            {
                try
                {
                    await hub.VerifyAsync(weights, cancellationToken);
                    Terminal.Say($"{weights.Name}: sound");
                }
                catch (InvalidDataException e)
                {
                    Terminal.Error(e.Message);
                    damaged++;
                }
            }
            return damaged == 0 ? Runner.Success : Runner.Failure;
        });
        return command;
    }

    private static Command Clear()
    {
        Argument<string[]> names = Names("Weights to delete; by default, all that were downloaded.", ArgumentArity.ZeroOrMore);
        var command = new Command("clear", "Deletes downloaded weights.") { names };
        command.SetAction(arguments =>
        {
            using var hub = new WeightsHub();
            string[] wanted = arguments.GetValue(names)!;
            long bytes = wanted is [] ? hub.Clear() : Find(wanted).Sum(weights => hub.Clear(weights));
            Terminal.Say($"Freed {bytes / 1e6:F1} MB.");
        });
        return command;
    }

    // All are looked up before anything is done with one.
    private static PretrainedWeights[] Find(IEnumerable<string> names) => [.. names.Select(PretrainedWeights.Find)];

    private static void Write(Row[] rows)
    {
        TextTable table = new TextTable(rounded: false).Left("weights").Right("top-1", "pixels", "on disk").Left("licence");
        foreach (Row row in rows)
            table.Row(row.Name, $"{row.Top1:F1} %", $"{row.ImageSize}", row.CachedBytes is long bytes ? $"{bytes / 1e6:F1} MB" : "-",
                row.License);
        Terminal.Print(table);
    }

    private sealed record Row(
        string Name, string Backbone, string Repository, double Top1, double Top5, string License, int Classes, int ImageSize,
        double CropFraction,
        string Interpolation, double[] Mean, double[] Std, long? CachedBytes, string? Path)
    {
        public static Row Of(PretrainedWeights weights, WeightsHub hub)
        {
            string? path = hub.FindCached(weights);
            (Backbones.Rgb mean, Backbones.Rgb std) = (weights.Input.Mean, weights.Input.Std);
            return new Row(
                weights.Name, weights.Architecture, weights.Repository, weights.Top1, weights.Top5, weights.License, weights.Classes,
                weights.Input.ImageSize, weights.Input.CropFraction, weights.Input.Interpolation.ToString().ToLowerInvariant(),
                [mean.R, mean.G, mean.B], [std.R, std.G, std.B], path is null ? null : new FileInfo(path).Length, path);
        }
    }
}
