using System.CommandLine;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Repository.Tests;

/// <summary>What documents say of names, commands and messages is what the code has.</summary>
[TestClass]
public sealed partial class DocumentTests
{
    // Of `dotnet run`.
    private static readonly string[] othersOptions = ["--project"];

    private static readonly RootCommand command = (RootCommand)Assembly.Load("resnet-mlnet")
        .GetType("ResNetMLNet.Cli.Verbs", throwOnError: true)!.GetMethod("Create")!.Invoke(null, null)!;

    [TestMethod]
    public void The_contract_page_lists_the_metadata_keys_the_inputs_and_the_outputs()
    {
        Type contract = typeof(ImageFeaturizer).Assembly.GetType("ResNetMLNet.OnnxContract", throwOnError: true)!;
        string[] keys = [.. contract.GetNestedType("Keys")!.GetFields().Select(field => (string)field.GetRawConstantValue()!)];
        string page = RepositoryFiles.Read("docs/onnx-contract.md");
        string[] cells = [.. FirstCell.Matches(page).SelectMany(match => Documents.InlineCode(match.Groups[1].Value))];
        string[] listed = [.. cells.Where(cell => cell.StartsWith("resnetmlnet.", StringComparison.Ordinal))];
        CollectionAssert.AreEquivalent(keys, listed);

        string[] names =
        [
            .. new[] { "PixelsInput", "TensorInput", "Features", "Logits", "Probabilities" }
                .Select(name => (string)contract.GetField(name)!.GetRawConstantValue()!),
            .. (IEnumerable<string>)contract.GetField("Stages")!.GetValue(null)!,
        ];
        CollectionAssert.AreEquivalent(names, cells.Except(listed).ToArray());
    }

    [TestMethod]
    public void Every_verb_has_its_part_of_the_page_with_an_example()
    {
        string page = RepositoryFiles.Read("docs/command-line.md");
        Dictionary<string, string> parts = VerbHeading.Split(page).Skip(1).Chunk(2).ToDictionary(part => part[0], part => part[1]);
        CollectionAssert.AreEquivalent(command.Subcommands.Select(verb => verb.Name).ToArray(), parts.Keys);
        foreach (Command verb in command.Subcommands)
        {
            string[] shown = [.. Commands(parts[verb.Name])];
            foreach (string name in verb.Subcommands.Select(part => $"{verb.Name} {part.Name}").DefaultIfEmpty(verb.Name))
                Assert.IsTrue(shown.Any(line => $"{line} ".StartsWith($"{name} ", StringComparison.Ordinal)), $"{name}: {string.Join('\n', shown)}");
        }
    }

    [TestMethod]
    public void Every_command_shown_is_understood()
    {
        string[] shown = [.. Documents.Pages.SelectMany(page => Documents.CodeBlocks(page.Text).SelectMany(Commands))];
        string[] misread = [.. from line in shown from error in command.Parse(line).Errors select $"{line}: {error.Message}"];
        Assert.IsGreaterThan(30, shown.Length);
        Assert.IsEmpty(misread, string.Join('\n', misread));
    }

    [TestMethod]
    public void Every_option_named_is_one_of_the_command()
    {
        HashSet<string> known = [.. command.Subcommands.SelectMany(verb => verb.Subcommands.Append(verb)).Append(command)
            .SelectMany(verb => verb.Options).SelectMany(option => option.Aliases.Append(option.Name)), .. othersOptions];
        string[] unknown = [.. from page in Documents.Pages
                               from code in Documents.InlineCode(page.Text)
                               from Match option in OptionName.Matches(code)
                               where !known.Contains(option.Value)
                               select $"{page.Path}: {option.Value}"];
        Assert.IsEmpty(unknown, string.Join('\n', unknown));
    }

    /// <summary>Of the public types: <c>TrainingOptions.Resume</c>, <c>ImageClassifier.Load(path)</c>.</summary>
    [TestMethod]
    public void Every_member_named_is_public()
    {
        ILookup<string, Type> types = new[] { typeof(Backbone), typeof(ImageFeaturizer), typeof(BackboneTrainer) }
            .SelectMany(type => type.Assembly.GetExportedTypes()).ToLookup(type => type.Name.Split('`')[0]);
        int seen = 0;
        string[] unknown = [.. from page in Documents.Pages
                               from code in Documents.InlineCode(page.Text)
                               from Match member in MemberName.Matches(code)
                               where types.Contains(member.Groups[1].Value) && seen++ >= 0
                               where !types[member.Groups[1].Value].Any(type => type.GetMember(member.Groups[2].Value).Length > 0)
                               select $"{page.Path}: {member.Value}"];
        Assert.IsEmpty(unknown, string.Join('\n', unknown));
        Assert.IsGreaterThan(30, seen);
    }

    [TestMethod]
    public void The_recipes_have_the_settings_that_the_page_says()
    {
        string page = RepositoryFiles.Read("docs/training.md");
        string[] heading = Cells(page.Split('\n').Single(line => line.StartsWith("| setting |", StringComparison.Ordinal)));
        CollectionAssert.AreEqual(Recipe.Named.Keys.Select(name => $"`{name}`").ToArray(), heading[1..]);
        string[][] rows = [.. RecipeRow.Matches(page).Select(match => Cells(match.Value))];
        Assert.IsGreaterThan(12, rows.Length);
        foreach (string[] row in rows)
        {
            PropertyInfo setting = typeof(Recipe).GetProperties()
                .Single(property => $"`--{Kebab.Replace(property.Name, "-").ToLowerInvariant()}`" == row[0]);
            string[] values = [.. Recipe.Named.Values.Select(recipe => RecipeSettings.Text(setting.GetValue(recipe)))];
            CollectionAssert.AreEqual(values, row[1..], row[0]);
        }

        string json = Documents.CodeBlocks(page).Single(block => block.StartsWith("json\n", StringComparison.Ordinal))["json\n".Length..];
        string[] names = [.. RecipeSettings.List.Select(setting => $"{char.ToLowerInvariant(setting.Name[0])}{setting.Name[1..]}")];
        CollectionAssert.IsSubsetOf(JsonNode.Parse(json)!.AsObject().Select(entry => entry.Key).ToArray(), names);
    }

    /// <summary>Pieces between the signs for what varies are in the sources, where messages may go over several lines.</summary>
    [TestMethod]
    public void Messages_to_look_up_are_those_of_the_code()
    {
        string sources = string.Join('\n', new[] { "*.cs", "*.targets" }.SelectMany(pattern =>
            Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "src"), pattern, SearchOption.AllDirectories))
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj")).Select(File.ReadAllText));
        sources = Joined.Replace(sources, "");
        string[] messages = [.. FirstCell.Matches(RepositoryFiles.Read("docs/troubleshooting.md"))
            .SelectMany(match => Documents.InlineCode(match.Groups[1].Value))];
        string[] unknown = [.. from message in messages
                               from piece in message.Split('…')
                               where piece.Trim().Length > 3 && !sources.Contains(piece.Trim(), StringComparison.Ordinal)
                               select $"{message}: {piece}"];
        Assert.IsEmpty(unknown, string.Join('\n', unknown));
        Assert.IsGreaterThan(45, messages.Length);
    }

    [TestMethod]
    public void What_is_counted_is_counted_right()
    {
        StringAssert.Contains(RepositoryFiles.Read("README.md"), $"**{BackboneRegistry.All.Count} architectures**");
        StringAssert.Contains(RepositoryFiles.Read("docs/catalog.md"), $"The {BackboneRegistry.All.Count} architectures");
        StringAssert.Contains(RepositoryFiles.Read("docs/catalog.md"), $"the {PretrainedWeights.All.Count} sets");
        string[] rows = [.. CatalogRow.Matches(RepositoryFiles.Read("docs/catalog.md")).Select(match => match.Groups[1].Value)];
        CollectionAssert.AreEqual(BackboneRegistry.All.Select(spec => spec.Name).ToArray(), rows);
    }

    /// <summary>But for the links between the two, which lead each to the other.</summary>
    [TestMethod]
    public void The_Chinese_README_has_the_code_and_the_links_of_the_README()
    {
        string english = RepositoryFiles.Read("README.md"), chinese = RepositoryFiles.Read("README.zh.md");
        CollectionAssert.AreEqual(Documents.CodeBlocks(english).ToArray(), Documents.CodeBlocks(chinese).ToArray());
        CollectionAssert.AreEqual(Others(english), Others(chinese));
        CollectionAssert.Contains(Documents.Links(chinese).ToArray(), "README.md");

        static string[] Others(string text) => [.. Documents.Links(text).Where(link => link is not ("README.md" or "README.zh.md"))];
    }

    /// <summary>The arguments of resnet-mlnet in the lines of a code block that call it.</summary>
    private static IEnumerable<string> Commands(string text) => CommandLine.Matches(text).Select(match => match.Groups[1].Value.Trim());

    private static string[] Cells(string row) => [.. row.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries)];

    [GeneratedRegex(@"^\| (`[^|]*) \|", RegexOptions.Multiline)]
    private static partial Regex FirstCell { get; }

    [GeneratedRegex(@"^## `([a-z]+)`\n", RegexOptions.Multiline)]
    private static partial Regex VerbHeading { get; }

    [GeneratedRegex(@"^(?:resnet-mlnet|dotnet run [^\n]*--project src/Cli --)( [^\n]*)$", RegexOptions.Multiline)]
    private static partial Regex CommandLine { get; }

    [GeneratedRegex(@"(?<=^|[\s(])--[a-z][a-z-]+")]
    private static partial Regex OptionName { get; }

    [GeneratedRegex(@"\b([A-Z]\w+)\.([A-Z]\w+)")]
    private static partial Regex MemberName { get; }

    [GeneratedRegex(@"^\| `--[a-z-]+` \|[^|\n]*\|[^|\n]*\|[^|\n]*\|$", RegexOptions.Multiline)]
    private static partial Regex RecipeRow { get; }

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex Kebab { get; }

    [GeneratedRegex("\"\\s*\\+\\s*\\$*\"")]
    private static partial Regex Joined { get; }

    [GeneratedRegex(@"^\| ([a-z0-9_]+) \| [0-9.]+ M \|", RegexOptions.Multiline)]
    private static partial Regex CatalogRow { get; }
}
