using System.CommandLine;
using ResNetMLNet.Cli;
using ResNetMLNet.Trainer;

namespace Trainer.Tests;

/// <summary>Command lines with mistakes: one sentence on standard error, nothing on standard output, a code that is not 0.</summary>
[TestClass]
public sealed class UsageErrorTests
{
    /// <summary>Every verb, with arguments that are right; those of verbs within a verb are parted by a space.</summary>
    public static IEnumerable<(string Verb, string[] Arguments)> Verbs =>
    [
        ("check", ["photos"]),
        ("train", ["photos"]),
        ("predict", ["model", "photo.jpg"]),
        ("evaluate", ["model", "photos"]),
        ("explain", ["model", "photo.jpg"]),
        ("compare", ["a", "b"]),
        ("sweep", ["photos"]),
        ("export", ["resnet18", "--output", "net.onnx"]),
        ("quantize", ["net.onnx", "--calibrate", "photos", "--output", "int8.onnx"]),
        ("bench", ["resnet18"]),
        ("models", []),
        ("summary", ["resnet18"]),
        ("featurize", ["photos", "--output", "photos.parquet"]),
        ("similar", ["photo.jpg", "photos"]),
        ("duplicates", ["photos"]),
        ("weights list", []),
        ("weights download", ["resnet18.a1_in1k"]),
        ("weights verify", []),
        ("weights clear", []),
        ("convert", ["in.pth", "out.safetensors"]),
        ("doctor", []),
    ];

    [TestMethod]
    public void No_verb_is_missing_here() =>
        CollectionAssert.AreEquivalent(
            ResNetMLNet.Cli.Verbs.Create().Subcommands
                .SelectMany(verb => verb.Subcommands.Count == 0 ? [verb.Name] : verb.Subcommands.Select(inner => $"{verb.Name} {inner.Name}")).ToArray(),
            Verbs.Select(entry => entry.Verb).ToArray());

    [TestMethod]
    [DynamicData(nameof(Verbs))]
    public void An_unknown_option_is_never_taken_for_an_argument_or_a_value(string verb, string[] arguments)
    {
        Run(verb, [.. arguments, "--zzzz", "out.csv"]).AssertRefused("Unknown option '--zzzz'.", verb);
        Run(verb, [.. arguments, "--zzzz=out.csv"]).AssertRefused("Unknown option '--zzzz=out.csv'.", verb);
        Run(verb, [.. arguments, "-x"]).AssertRefused("Unknown option '-x'.", verb);
        Run(verb, ["--zzzz", .. arguments]).AssertRefused("Unknown option '--zzzz'.", verb);
        foreach (Option option in Command(verb).Options.Where(option => option.Arity.MinimumNumberOfValues == 1 && !arguments.Contains(option.Name)))
            Run(verb, [.. arguments, option.Name, "--zzzz"]).AssertRefused("Unknown option '--zzzz'.", verb);
    }

    [TestMethod]
    [DynamicData(nameof(Verbs))]
    public void A_misspelt_option_gets_the_nearest(string verb, string[] arguments)
    {
        foreach (Option option in Command(verb).Options.Where(option => !option.Hidden && option.Name.Length > 5))
            Run(verb, [.. arguments, $"{option.Name}x"]).AssertRefused($"Unknown option '{option.Name}x'. Did you mean '{option.Name}'?", verb);
    }

    [TestMethod]
    [DynamicData(nameof(Verbs))]
    public void A_missing_argument_is_named(string verb, string[] arguments)
    {
        if (Command(verb).Arguments.FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > 0) is Argument first)
            Run(verb, [.. arguments.SkipWhile(argument => !argument.StartsWith('-'))]).AssertRefused($"{first.Name} is missing.", verb);
        foreach (Option option in Command(verb).Options.Where(option => option.Arity.MinimumNumberOfValues == 1 && !arguments.Contains(option.Name)))
            Run(verb, [.. arguments, option.Name]).AssertRefused($"{option.Name} needs a value.", verb);
    }

    [TestMethod]
    [DynamicData(nameof(Verbs))]
    public void An_argument_too_many_is_named(string verb, string[] arguments)
    {
        if (Command(verb).Arguments.LastOrDefault()?.Arity.MaximumNumberOfValues > 1) return;
        CommandLine run = Run(verb, [.. arguments, "surplus"]);
        Assert.AreEqual((1, ""), (run.ExitCode, run.Output));
        StringAssert.Matches(run.Errors.TrimEnd(), new($@"^error: .*'surplus'.*\. `resnet-mlnet {verb} --help` shows what it takes\.$"));
    }

    /// <summary>Before anything is read or downloaded: what the arguments name does not exist.</summary>
    [TestMethod]
    [DynamicData(nameof(Verbs))]
    public void A_number_out_of_range_is_named_with_its_range(string verb, string[] arguments)
    {
        foreach (Option option in Command(verb).Options.Where(IsNumber))
        {
            foreach (string value in new[] { "NaN", "1e999", "-1e999", "-2000000000", "99999999999999999999", "two", "", "0x10" })
            {
                CommandLine run = Run(verb, [.. arguments, option.Name, value]);
                Assert.AreEqual((1, ""), (run.ExitCode, run.Output), $"{option.Name} {value}");
                StringAssert.StartsWith(run.Errors, $"error: {option.Name} is '{value}'; it takes a ", $"{option.Name} {value}");
                Assert.AreEqual(1, run.Errors.TrimEnd().Split('\n').Length);
            }
        }

        static bool IsNumber(Option option) => (Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType) is { IsPrimitive: true } type && type != typeof(bool);
    }

    [TestMethod]
    [DataRow("summary resnet18 --image-size 31", "--image-size is '31'; it takes a whole number, 32 to 4096.")]
    [DataRow("summary resnet18 --input-size 2000000000", "--image-size is '2000000000'; it takes a whole number, 32 to 4096.")]
    [DataRow("predict model photo.jpg --top 0", "--top is '0'; it takes a whole number, 1 to 1000000.")]
    [DataRow("train photos --seed -1", "--seed is '-1'; it takes a whole number, 0 or more.")]
    [DataRow("train photos --keep 1.5", "--keep is '1.5'; it takes a number, 0.01 to 1.")]
    [DataRow("train photos --max-minutes 0", "--max-minutes is '0'; it takes a number of minutes, more than 0 and at most 70000.")]
    [DataRow("duplicates photos --threshold 1.5", "--threshold is '1.5'; it takes a number, -1 to 1.")]
    [DataRow("predict model photo.jpg --gpu-memory 4GB", "--gpu-memory is '4GB'; it takes a whole number of megabytes, 1 or more, such as 4000.")]
    [DataRow("predict model photo.jpg --gpu-memory 0", "--gpu-memory is '0'; it takes a whole number of megabytes, 1 or more, such as 4000.")]
    [DataRow("predict model photo.jpg --json maybe --json", "--json appears 2 times; it can be given once.")]
    [DataRow("predict model photo.jpg --json=maybe", "--json is 'maybe'; it takes true or false.")]
    [DataRow("export resnet18 --output x.onnx --input bytes", "--input is 'bytes'; it takes pixels or tensor.")]
    [DataRow("export resnet18 --output x.onnx --output y.onnx", "--output appears 2 times; it can be given once.")]
    [DataRow("export resnet18", "--output is missing.")]
    [DataRow("train photos --tune everything", "--tune is 'everything'; it takes head or last-stage or all or scratch.")]
    [DataRow("train photos --class-weights some", "--class-weights is 'some'; it takes none or balanced.")]
    [DataRow("train ~", "FOLDER is empty.")]
    [DataRow("train photos --output ~", "--output is empty.")]
    [DataRow("predict model photo.jpg ~", "PATH is empty.")]
    [DataRow("compare a", "`compare` takes at least 2 of DIR, not 1.")]
    [DataRow("models all", "`models` takes options only, not 'all'.")]
    public void The_value_the_rule_and_the_option_are_named(string line, string problem) =>
        CommandLine.Run([.. line.Split(' ').Select(word => word == "~" ? "" : word)]).AssertRefused(problem, line.Split(' ')[0]);

    [TestMethod]
    [DataRow("", "A verb is missing: check, train, predict, evaluate, explain, compare, sweep, export, quantize, bench, models, summary, featurize, similar, duplicates, weights, convert or doctor.", "")]
    [DataRow("weights", "A verb is missing: list, download, verify or clear.", "weights")]
    [DataRow("trian photos --json", "There is no verb 'trian'. Did you mean 'train'?", "")]
    [DataRow("deploy", "There is no verb 'deploy'.", "")]
    [DataRow("weights fetch", "There is no verb 'fetch'.", "weights")]
    [DataRow("--jsno", "Unknown option '--jsno'.", "")]
    [DataRow("--json models", "--json has to come after `models`.", "models")]
    public void A_verb_that_is_missing_or_misspelt_is_no_reason_for_seventy_lines_of_help(string line, string problem, string verb) =>
        CommandLine.Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).AssertRefused(problem, verb);

    [TestMethod]
    public void Behind_two_dashes_a_file_may_be_named_as_an_option_is() =>
        CommandLine.Run("evaluate", "model", "--", "--csv").AssertFailed("The folder '--csv' does not exist.");

    [TestMethod]
    public void A_value_behind_an_equals_sign_may_be_named_as_an_option_is() =>
        CommandLine.Run("train", "nowhere", "--output=--x").AssertFailed("The folder 'nowhere' does not exist.");

    [TestMethod]
    public void A_file_may_start_with_an_at_sign() =>
        CommandLine.Run("predict", "model.zip", "@0.jpg").AssertFailed("There is no file or folder '@0.jpg'.");

    [TestMethod]
    public void Help_and_version_answer_whatever_else_is_wrong()
    {
        foreach (string[] line in new string[][] { ["--help"], ["train", "--help"], ["weights", "list", "--help"], ["predict", "--zzzz", "--help"], ["--version"] })
        {
            CommandLine help = CommandLine.Run(line);
            help.AssertSucceeded();
            Assert.AreEqual("", help.Errors);
            Assert.AreNotEqual("", help.Output);
        }
    }

    private static CommandLine Run(string verb, string[] arguments) => CommandLine.Run([.. verb.Split(' '), .. arguments]);

    private static Command Command(string verb) =>
        verb.Split(' ').Aggregate((Command)ResNetMLNet.Cli.Verbs.Create(), (command, name) => command.Subcommands.Single(inner => inner.Name == name));
}
