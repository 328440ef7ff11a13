using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using ResNetMLNet.Notebooks;

var checkout = Checkout.Find();
var names = new Argument<string[]>("name") { Description = "Notebooks, without folder and extension; all of them by default.", Arity = ArgumentArity.ZeroOrMore };

var pack = new Command("pack", "Makes the packages that notebooks in this checkout use.");
pack.SetAction(_ => Guarded(checkout.PackAsync));
var write = new Command("write", "Runs programs as notebooks and writes the .ipynb files, with what they gave.") { names };
write.SetAction(parsed => Guarded(() => EachAsync(parsed.GetValue(names)!, keep: true)));
var run = new Command("run", "Runs programs as programs and as notebooks, and writes nothing.") { names };
run.SetAction(parsed => Guarded(() => EachAsync(parsed.GetValue(names)!, keep: false)));
return await new RootCommand("The notebooks: notebooks/NAME.cs is written by hand, notebooks/NAME.ipynb is made of it.") { pack, write, run }.Parse(args).InvokeAsync();

static async Task<int> Guarded(Func<Task> action)
{
    try
    {
        await action();
        return 0;
    }
    catch (Exception failure) when (failure is InvalidOperationException or InvalidDataException or IOException)
    {
        Console.Error.WriteLine(failure.Message);
        return 1;
    }
}

async Task EachAsync(string[] chosen, bool keep)
{
    string[] programs = [.. checkout.Programs.Where(program => chosen.Length == 0 || chosen.Contains(Path.GetFileNameWithoutExtension(program)))];
    if (programs.Length < Math.Max(1, chosen.Length)) throw new InvalidDataException($"There are notebooks {string.Join(", ", checkout.Programs.Select(Path.GetFileNameWithoutExtension))}.");
    await Checkout.RunAsync(checkout.Folder, "tool", "restore");
    await checkout.PackAsync();
    foreach (string program in programs)
    {
        string name = Path.GetFileNameWithoutExtension(program);
        var clock = Stopwatch.StartNew();
        if (!keep)
        {
            await Checkout.RunAsync(checkout.Folder, "run", "-c", "Release", program);
            Console.WriteLine($"{name}.cs: {clock.Elapsed.TotalSeconds:F0} s");
            clock.Restart();
        }
        IReadOnlyList<NotebookCell> cells = checkout.Cells(program);
        IReadOnlyList<JsonArray> outputs = await NotebookRun.OutputsAsync(checkout, cells, name);
        Console.WriteLine($"{name}.ipynb: {cells.Count} cells, {clock.Elapsed.TotalSeconds:F0} s");
        if (keep) await File.WriteAllTextAsync(Path.ChangeExtension(program, ".ipynb"), NotebookFile.Write(cells, outputs));
    }
}
