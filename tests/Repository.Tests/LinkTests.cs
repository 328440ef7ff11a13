namespace Repository.Tests;

/// <summary>Links between the repository's own texts lead somewhere.</summary>
[TestClass]
public sealed class LinkTests
{
    private static readonly string[] texts = [.. Directory.EnumerateFiles(RepositoryFiles.Root, "*.md", SearchOption.AllDirectories)
        .Where(path => !Path.GetRelativePath(RepositoryFiles.Root, path).Split(Path.DirectorySeparatorChar)
            .Any(part => part is "bin" or "obj" or "artifacts" or "TestResults" or ".git"))];

    [TestMethod]
    public void Every_link_to_a_file_of_the_repository_leads_to_one()
    {
        string[] broken = [.. from text in texts
                              from link in Documents.Links(File.ReadAllText(text))
                              where !link.Contains("://", StringComparison.Ordinal)
                              let parts = link.Split('#')
                              let target = parts[0].Length == 0
                                  ? text
                                  : Path.Combine(Path.GetDirectoryName(text)!, Uri.UnescapeDataString(parts[0]))
                              where !Path.Exists(target)
                                  || (parts.Length > 1 && !Documents.Anchors(File.ReadAllText(target)).Contains(parts[1]))
                              select $"{Path.GetRelativePath(RepositoryFiles.Root, text)}: {link}"];
        string[] names = [.. texts.Select(text => Path.GetRelativePath(RepositoryFiles.Root, text).Replace('\\', '/'))];
        CollectionAssert.IsSubsetOf(
            new[] { "README.md", "README.zh.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/README.md", "docs/training.md" }, names);
        Assert.IsEmpty(broken, string.Join('\n', broken));
    }

    [TestMethod]
    [DataRow("README.md", "docs/")]
    [DataRow("docs/README.md", "")]
    public void Every_page_is_linked_from_the_README_and_from_the_index(string from, string folder)
    {
        string[] links = [.. Documents.Links(RepositoryFiles.Read(from))];
        string[] missing = [.. Documents.Pages.Select(page => page.Path)
            .Where(page => page.StartsWith("docs/", StringComparison.Ordinal) && page != "docs/README.md")
            .Select(page => $"{folder}{page["docs/".Length..]}").Where(page => !links.Contains(page))];
        Assert.IsEmpty(missing, $"{from}: {string.Join(", ", missing)}");
    }
}
