using System.Text.Json.Nodes;

namespace ResNetMLNet.Notebooks;

/// <summary>Runs a notebook without a window, by dotnet-repl.</summary>
internal static class NotebookRun
{
    // As Show.Live writes it.
    private const string LiveStart = "<div data-live=\"";

    /// <summary>What each cell gives.</summary>
    /// <param name="checkout">The repository.</param>
    /// <param name="cells">The notebook.</param>
    /// <param name="name">Names it in messages.</param>
    /// <exception cref="InvalidOperationException">A cell failed.</exception>
    public static async Task<IReadOnlyList<JsonArray>> OutputsAsync(Checkout checkout, IReadOnlyList<NotebookCell> cells, string name)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("resnetmlnet-notebook-");
        try
        {
            string input = Path.Combine(folder.FullName, $"{name}.ipynb"), output = Path.Combine(folder.FullName, "out.ipynb");
            await File.WriteAllTextAsync(input, NotebookFile.Write(cells, outputs: null));
            try
            {
                // In the notebooks' folder, where an editor runs them.
                await Checkout.RunAsync(
                    checkout.Notebooks, "dotnet-repl", "--run", input, "--exit-after-run", "--output-format", "ipynb", "--output-path", output);
            }
            catch (InvalidOperationException) when (File.Exists(output))
            {
                // A cell failed, and the file says which and why.
            }
            JsonArray[] outputs = [.. NotebookFile.Read(await File.ReadAllTextAsync(output)).Select(cell => cell.Outputs)];
            foreach ((NotebookCell cell, JsonArray given) in cells.Zip(outputs))
            {
                if (given.FirstOrDefault(one => (string?)one!["output_type"] == "error") is { } error)
                    throw new InvalidOperationException($"{name}.ipynb: this cell failed.\n\n{cell.Text}\n\n{(string?)error["evalue"]}");
            }
            return [.. outputs.Select(WithoutEarlier)];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // What a cell changes in place is written once for each change: only the last is what a reader saw.
    private static JsonArray WithoutEarlier(JsonArray outputs)
    {
        string?[] live = [.. outputs.Select(output => LiveName(string.Concat(output!["data"]?["text/html"]?.AsArray().Select(line => (string?)line) ?? [])))];
        return [.. outputs.Where((_, i) => live[i] is null || Array.LastIndexOf(live, live[i]) == i).Select(output => output!.DeepClone())];
    }

    private static string? LiveName(string html) =>
        html.StartsWith(LiveStart, StringComparison.Ordinal) ? html[LiveStart.Length..html.IndexOf('"', LiveStart.Length)] : null;
}
