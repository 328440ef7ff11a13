using System.Text.Json.Nodes;
using ResNetMLNet.Notebooks;

namespace Repository.Tests;

/// <summary>Notebooks are made of programs, and hold what their cells really gave.</summary>
[TestClass]
public sealed class NotebookTests
{
    private static readonly Checkout checkout = new(RepositoryFiles.Root);

    public static IEnumerable<object[]> Programs => checkout.Programs.Select(program => new object[] { Path.GetFileNameWithoutExtension(program) });

    [TestMethod]
    [DynamicData(nameof(Programs))]
    public void A_notebook_is_what_its_program_says(string name)
    {
        NotebookCell[] expected = [.. checkout.Cells(Path.Combine(checkout.Notebooks, $"{name}.cs")).Select(cell => cell with { IsSetUp = false })];
        NotebookCell[] written = [.. Read(name).Select(entry => entry.Cell)];
        CollectionAssert.AreEqual(expected, written, $"Run `dotnet run --project tools/Notebooks -- write {name}`.");
    }

    [TestMethod]
    [DynamicData(nameof(Programs))]
    public void A_notebook_shows_what_it_gave_on_no_machine_in_particular(string name)
    {
        (NotebookCell Cell, JsonArray Outputs)[] cells = Read(name);
        int own = checkout.Cells(Path.Combine(checkout.Notebooks, $"{name}.cs")).Count(cell => cell is { IsCode: true, IsSetUp: false });
        Assert.IsGreaterThan(own / 2, cells.Count(entry => entry.Outputs.Count > 0), "most cells give something");
        string[] kinds = [.. cells.SelectMany(entry => entry.Outputs).Select(output => (string)output!["output_type"]!).Distinct()];
        CollectionAssert.DoesNotContain(kinds, "error");
        string text = string.Concat(cells.SelectMany(entry => entry.Outputs).Select(output => output!.ToJsonString()));
        foreach (string folder in new[] { "/home/", "/root/", "/tmp/", "/Users/", @"C:\\" }) Assert.DoesNotContain(folder, text);
    }

    [TestMethod]
    [DataRow("using System;", "notebook.cs, line 1: it stands before the first cell, where only '#:' directives may.")]
    [DataRow("// %% [raw]", "notebook.cs, line 1: a cell begins with '// %%' or '// %% [markdown]', not with '// %% [raw]'.")]
    [DataRow("// %% [markdown]\n// text\nint x;", "notebook.cs, line 3: a cell of text has comments only.")]
    public void A_program_that_is_not_a_notebook_is_refused_with_its_line(string program, string message) =>
        Assert.AreEqual(message, Assert.ThrowsExactly<InvalidDataException>(() => NotebookProgram.Cells(program.Split('\n'), "notebook.cs")).Message);

    [TestMethod]
    public void Cells_are_read_and_written()
    {
        NotebookCell[] cells = [.. NotebookProgram.Cells(
            "#:package A@1\n\n// %% [markdown]\n// # Title\n//\n// text\n\n// %%\nint x = 1;\n\nint y = 2;\n\n// %%\n".Split('\n'), "notebook.cs")];
        CollectionAssert.AreEqual(new NotebookCell[] { new(false, "# Title\n\ntext"), new(true, "int x = 1;\n\nint y = 2;") }, cells);
        JsonArray given = [new JsonObject { ["output_type"] = "stream", ["name"] = "stdout", ["text"] = new JsonArray("1\n") }];
        IReadOnlyList<(NotebookCell Cell, JsonArray Outputs)> read = NotebookFile.Read(NotebookFile.Write(cells, [[], given]));
        CollectionAssert.AreEqual(cells, read.Select(entry => entry.Cell).ToArray());
        Assert.AreEqual(given.ToJsonString(), read[1].Outputs.ToJsonString());
    }

    private static (NotebookCell Cell, JsonArray Outputs)[] Read(string name) =>
        [.. NotebookFile.Read(File.ReadAllText(Path.Combine(checkout.Notebooks, $"{name}.ipynb")))];
}
