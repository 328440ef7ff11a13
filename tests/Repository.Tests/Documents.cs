using System.Text.RegularExpressions;

namespace Repository.Tests;

/// <summary>The README and the pages in docs, and what stands in them.</summary>
internal static partial class Documents
{
    /// <summary>README.md and docs/*.md: what is said once. README.zh.md says the README again.</summary>
    public static IReadOnlyList<(string Path, string Text)> Pages { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "docs"), "*.md").Order(StringComparer.Ordinal)
            .Select(path => Path.GetRelativePath(RepositoryFiles.Root, path)).Prepend("README.md")
            .Select(path => (path.Replace('\\', '/'), RepositoryFiles.Read(path))),
    ];

    /// <summary>Blocks between fences, with the language behind the first: "csharp\nusing ...".</summary>
    public static IEnumerable<string> CodeBlocks(string text) => Fenced.Matches(text).Select(match => match.Groups[1].Value);

    /// <summary>What stands between backticks in running text.</summary>
    public static IEnumerable<string> InlineCode(string text) =>
        Inline.Matches(Fenced.Replace(text, "")).Select(match => match.Groups[1].Value);

    /// <summary>Targets of links and images, in order.</summary>
    public static IEnumerable<string> Links(string text) => Link.Matches(Fenced.Replace(text, "")).Select(match => match.Groups[1].Value);

    /// <summary>The anchors of the headings, as GitHub makes them.</summary>
    public static HashSet<string> Anchors(string text) => [.. Heading.Matches(Fenced.Replace(text, "")).Select(match =>
        NotInAnchor.Replace(match.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'))];

    [GeneratedRegex(@"^```(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fenced { get; }

    [GeneratedRegex(@"(?<!`)`([^`\n]+)`(?!`)")]
    private static partial Regex Inline { get; }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link { get; }

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading { get; }

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchor { get; }
}
