using System.Text.RegularExpressions;

namespace Repository.Tests;

/// <summary>Links between the repository's own texts lead somewhere.</summary>
[TestClass]
public sealed partial class LinkTests
{
    [TestMethod]
    public void Every_link_to_a_file_of_the_repository_leads_to_one()
    {
        string[] texts = [.. Directory.EnumerateFiles(RepositoryFiles.Root, "*.md", SearchOption.AllDirectories)
            .Where(path => !Path.GetRelativePath(RepositoryFiles.Root, path).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "artifacts" or "TestResults" or ".git"))];
        string[] broken = [.. from text in texts
                              from Match link in Link.Matches(File.ReadAllText(text))
                              let target = link.Groups[1].Value.Split('#')[0]
                              where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)
                              where !Path.Exists(Path.Combine(Path.GetDirectoryName(text)!, Uri.UnescapeDataString(target)))
                              select $"{Path.GetRelativePath(RepositoryFiles.Root, text)}: {target}"];
        Assert.IsGreaterThan(10, texts.Length);
        Assert.IsEmpty(broken, string.Join('\n', broken));
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link { get; }
}
