using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ResNetMLNet.Notebooks;

/// <summary>
/// A notebook as a file: Jupyter's format 4.5 (https://nbformat.readthedocs.io), with the metadata that Polyglot Notebooks and dotnet-repl read.
/// </summary>
internal static class NotebookFile
{
    private static readonly JsonSerializerOptions indented =
        new() { WriteIndented = true, IndentSize = 1, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A notebook's text.</summary>
    /// <param name="cells">The cells.</param>
    /// <param name="outputs">What each cell gave, in the format's terms; null where nothing was run.</param>
    public static string Write(IReadOnlyList<NotebookCell> cells, IReadOnlyList<JsonArray>? outputs) => new JsonObject
    {
        ["cells"] = new JsonArray([.. cells.Select((cell, i) => Cell(cell, i, outputs?[i]))]),
        ["metadata"] = new JsonObject
        {
            ["kernelspec"] = new JsonObject { ["display_name"] = ".NET (C#)", ["language"] = "C#", ["name"] = ".net-csharp" },
            ["language_info"] = new JsonObject { ["name"] = "polyglot-notebook" },
            ["polyglot_notebook"] = new JsonObject
            {
                ["kernelInfo"] = new JsonObject
                {
                    ["defaultKernelName"] = "csharp",
                    ["items"] = new JsonArray(new JsonObject { ["aliases"] = new JsonArray(), ["name"] = "csharp" }),
                },
            },
        },
        ["nbformat"] = 4,
        ["nbformat_minor"] = 5,
    }.ToJsonString(indented) + "\n";

    /// <summary>The cells of a notebook, and what each gave.</summary>
    /// <param name="json">The file's text.</param>
    public static IReadOnlyList<(NotebookCell Cell, JsonArray Outputs)> Read(string json) =>
        [.. JsonNode.Parse(json)!["cells"]!.AsArray().Select(cell => (
            new NotebookCell((string?)cell!["cell_type"] == "code", string.Concat(cell["source"]!.AsArray().Select(line => (string?)line))),
            cell["outputs"]?.AsArray() ?? []))];

    private static JsonObject Cell(NotebookCell cell, int index, JsonArray? outputs)
    {
        JsonArray source = [.. Lines(cell.Text)];
        // Ids are asked for since 4.5; a place in the notebook is one that does not change from run to run.
        var json = new JsonObject { ["cell_type"] = cell.IsCode ? "code" : "markdown", ["id"] = $"cell-{index + 1}" };
        if (cell.IsCode) json["execution_count"] = null;
        json["metadata"] = cell.IsCode
            ? new JsonObject { ["dotnet_interactive"] = new JsonObject { ["language"] = "csharp" }, ["polyglot_notebook"] = new JsonObject { ["kernelName"] = "csharp" } }
            : new JsonObject();
        if (cell.IsCode) json["outputs"] = cell.IsSetUp ? new JsonArray() : outputs?.DeepClone() ?? new JsonArray();
        json["source"] = source;
        return json;
    }

    // Each line with its end, but the last.
    private static IEnumerable<string> Lines(string text)
    {
        string[] lines = text.Split('\n');
        return lines.Select((line, i) => i < lines.Length - 1 ? line + '\n' : line);
    }
}
