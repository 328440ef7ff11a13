using System.Text.Json;
using ResNetMLNet.Cli;
using ResNetMLNet.Trainer;

namespace Trainer.Tests;

/// <summary>Names that a stranger may have chosen, on their way to a terminal.</summary>
[TestClass]
public sealed class TerminalTests
{
    [TestMethod]
    [DataRow("plain name.jpg", "plain name.jpg")]
    [DataRow("Grüße 写真 📷 é.jpg", "Grüße 写真 📷 é.jpg")]
    [DataRow(@"C:\photos\1.jpg", @"C:\photos\1.jpg")]
    [DataRow("a\u001b[2Jb", @"a\u001b[2Jb")]
    [DataRow("a\nb\r\tc\u007f", @"a\u000ab\u000d\u0009c\u007f")]
    [DataRow("a\u009b31mb\u0085", @"a\u009b31mb\u0085")]
    [DataRow("photo\u202egpj.exe", @"photo\u202egpj.exe")]
    [DataRow("\u2066a\u2069\u200b\u200d\ufeff\u00ad", @"\u2066a\u2069\u200b\u200d\ufeff\u00ad")]
    [DataRow("a\u2028b\u2029", @"a\u2028b\u2029")]
    [DataRow("\U000E0041\u3164\u2800", @"\udb40\udc41\u3164\u2800")]
    public void What_moves_the_cursor_turns_letters_round_or_is_not_seen_becomes_an_escape(string text, string visible) =>
        Assert.AreEqual(visible, Terminal.Visible(text));

    [TestMethod]
    public void What_is_very_long_is_shortened_in_the_middle()
    {
        string shortened = Terminal.Visible($"start{new string('x', 30_000_000)}end");
        Assert.IsLessThan(5000, shortened.Length);
        StringAssert.Matches(shortened, new("^startx+\\.\\.\\.x+end$"));
        Assert.AreEqual(new string('x', 4000), Terminal.Visible(new string('x', 4000)));
    }

    [TestMethod]
    public void JSON_keeps_its_values_and_has_no_such_characters()
    {
        string name = "a\u001b[2J\u009b\u202e\u200b\U000E0041\n\"\\ü";
        string json = Terminal.VisibleJson(Terminal.ToJson(new { name }));
        Assert.IsTrue(json.All(c => c is '\n' || !char.IsControl(c)), json);
        Assert.IsFalse(json.Contains('\u202e'), json);
        Assert.AreEqual(name, JsonDocument.Parse(json).RootElement.GetProperty("name").GetString());
    }

    /// <summary>Names in weights, in arguments and of files.</summary>
    [TestMethod]
    public void No_verb_hands_an_escape_on_to_the_terminal()
    {
        using var folder = new TemporaryFolder();
        string hostile = Path.Combine(AppContext.BaseDirectory, "Hostile", "ansi");
        const string name = "\u001b[2J\u202ename\nerror: two";
        foreach (string[] line in new string[][]
        {
            ["convert", $"{hostile}.safetensors", folder["x.pth"]],
            ["export", "resnet10t", "--weights", $"{hostile}.pth", "--output", folder["x.onnx"]],
            ["train", name], ["train", "photos", $"--{name}"], ["train", "photos", "--seed", name], [name], ["predict", "model.zip", name],
            ["evaluate", name, TemporaryFolder.Flowers], ["summary", name], ["sweep", TemporaryFolder.Flowers, "--backbones", name], ["weights", "list", name],
            ["compare", name, name], ["explain", name, name], ["train", TemporaryFolder.Flowers, "--tune", "all", "--recipe", name],
        })
        {
            CommandLine run = CommandLine.Run(line);
            Assert.AreEqual((1, ""), (run.ExitCode, run.Output), run.Errors);
            string[] lines = run.Errors.TrimEnd('\n').Split('\n');
            StringAssert.StartsWith(lines[^1], "error: ", run.Errors);
            Assert.HasCount(1, lines.Where(line => line.StartsWith("error", StringComparison.Ordinal)).ToArray(), run.Errors);
            Assert.IsFalse(lines.Any(line => line.Any(c => char.IsControl(c) || c == '\u202e')), run.Errors);
        }
    }

    [TestMethod]
    public void Messages_lines_and_tables_are_all_made_visible_and_none_is_markup()
    {
        const string name = "[red]x[/] \u001b[31m\u202e [nonsense";
        const string visible = @"[red]x[/] \u001b[31m\u202e [nonsense";
        using var output = new StringWriter();
        using var errors = new StringWriter();
        (TextWriter outputBefore, TextWriter errorsBefore) = (Console.Out, Console.Error);
        Console.SetOut(output);
        Console.SetError(errors);
        try
        {
            Terminal.Say(name);
            Terminal.Error(name);
            Terminal.Print(name);
            TextTable table = new TextTable(rounded: true, "[title]").Left(name).Right("n");
            table.Row(name, "1");
            Terminal.Print(table);
        }
        finally
        {
            Console.SetOut(outputBefore);
            Console.SetError(errorsBefore);
        }
        Assert.AreEqual($"{visible}\nerror: {visible}\n", errors.ToString().ReplaceLineEndings("\n"));
        Assert.HasCount(4, output.ToString().Split(visible), output.ToString());
        Assert.DoesNotContain("\u001b[31m", output.ToString());
    }
}
