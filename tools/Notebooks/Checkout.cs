using System.Diagnostics;

namespace ResNetMLNet.Notebooks;

/// <summary>The repository, and commands that are run in it.</summary>
/// <param name="Folder">Where it is.</param>
internal sealed record Checkout(string Folder)
{
    // One that no package of a release has, so that a release is never masked by it.
    private const string VersionPrefix = "0.1.0-local.";

    public string Notebooks => Path.Combine(Folder, "notebooks");

    private string Packages => Path.Combine(Folder, "artifacts", "packages");

    /// <summary>The one that the current folder is in.</summary>
    public static Checkout Find()
    {
        for (DirectoryInfo? folder = new(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ResNetMLNet.sln"))) return new Checkout(folder.FullName);
        }
        throw new DirectoryNotFoundException($"'{Environment.CurrentDirectory}' is not in a checkout of ResNetMLNet.");
    }

    /// <summary>The notebooks' programs.</summary>
    public IReadOnlyList<string> Programs => [.. Directory.GetFiles(Notebooks, "*.cs").Order(StringComparer.Ordinal)];

    /// <summary>All cells of a program's notebook.</summary>
    public IReadOnlyList<NotebookCell> Cells(string program)
    {
        IReadOnlyList<NotebookCell> cells = NotebookProgram.Cells(File.ReadLines(program), Path.GetFileName(program));
        int title = cells.TakeWhile(cell => !cell.IsCode).Count();
        return [.. cells.Take(title), .. SetUpCells.Of(Folder), .. cells.Skip(title)];
    }

    /// <summary>Makes packages of the libraries, with a version that no cache has seen.</summary>
    public async Task PackAsync()
    {
        Directory.CreateDirectory(Packages);
        string[] before = Directory.GetFiles(Packages, $"ResNetMLNet.*.{VersionPrefix}*");
        // Beside the developer's own build, which would be made anew after one of another version.
        string build = Path.Combine(Folder, "artifacts", "build"), version = $"{VersionPrefix}{DateTime.UtcNow:yyyyMMddHHmmss}";
        foreach (string library in (string[])["Backbones", "MLNetPipelines", "Trainer"])
            await RunAsync(Folder, "pack", Path.Combine("src", library), "-c", "Release", "-o", Packages, "--artifacts-path", build, $"-p:Version={version}", "-p:RunAnalyzers=false", "-v", "quiet");
        foreach (string package in before) File.Delete(package);
    }

    /// <summary>Runs the SDK.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has what it printed.</exception>
    public static async Task RunAsync(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"`dotnet {string.Join(' ', arguments)}` ended with exit code {process.ExitCode}:\n{await output}{await error}");
    }
}
