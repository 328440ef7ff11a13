using System.Xml.Linq;

namespace ResNetMLNet.Notebooks;

/// <summary>What a notebook has before the program's own cells: the packages, and what shows tables and pictures.</summary>
internal static class SetUpCells
{
    // The natives are the notebook's choice, as they are an application's; the weights of resnet18_mlnet lie in a package of ML.NET's.
    private static readonly string[] packages =
        ["TorchSharp-cpu", "Microsoft.ML.OnnxRuntime", "SkiaSharp.NativeAssets.Linux.NoDependencies", "Microsoft.ML.DnnImageFeaturizer.ResNet18"];

    /// <summary>The cells.</summary>
    /// <param name="checkout">The repository's folder.</param>
    public static IReadOnlyList<NotebookCell> Of(string checkout)
    {
        Dictionary<string, string> versions = XDocument.Load(Path.Combine(checkout, "Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(package => (string)package.Attribute("Include")!, package => (string)package.Attribute("Version")!);
        string shared = string.Join("\n\n", Directory.GetFiles(Path.Combine(checkout, "notebooks", "shared"), "*.cs").Order(StringComparer.Ordinal)
            .Select(file => File.ReadAllText(file).ReplaceLineEndings("\n").Trim('\n')));
        return
        [
            SetUp("""
                // Packages of this checkout, where `dotnet run --project tools/Notebooks -- pack` has made them; otherwise the published ones.
                using System.IO;
                using Microsoft.DotNet.Interactive;
                using Microsoft.DotNet.Interactive.Commands;

                for (DirectoryInfo folder = new(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
                {
                    string feed = Path.Combine(folder.FullName, "artifacts", "packages");
                    if (Directory.Exists(feed)) await Kernel.Root.SendAsync(new SubmitCode($"#i \"nuget:{feed}\"", "csharp"));
                }
                """),
            SetUp(string.Join('\n', packages.Select(name => $"#r \"nuget:{name}, {versions[name]}\"").Prepend("#r \"nuget:ResNetMLNet.Trainer, *-*\""))),
            SetUp($"#nullable enable\n{Sorted(shared)}\n\nShow.Html = html =>\n{{\n    var shown = display(HTML(html));\n    return changed => shown.Update(HTML(changed));\n}};"),
        ];
    }

    private static NotebookCell SetUp(string code) => new(IsCode: true, code) { IsSetUp = true };

    // Using directives come first, whichever file they are from.
    private static string Sorted(string code)
    {
        string[] lines = code.Split('\n');
        string[] usings = [.. lines.Where(line => line.StartsWith("using ", StringComparison.Ordinal)).Distinct()];
        return string.Join('\n', usings.Concat(lines.Where(line => !line.StartsWith("using ", StringComparison.Ordinal)))).Replace("\n\n\n", "\n\n");
    }
}
