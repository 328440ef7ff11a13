namespace Trainer.Tests;

/// <summary>The cache of features that the commands under test have, in place of the user's: empty at first, gone afterwards.</summary>
[TestClass]
public static class TestCache
{
    private static readonly TemporaryFolder folder = new();

    public static string Path => folder["cache"];

    /// <summary>A folder beside it, gone with it: for what several test classes share.</summary>
    public static string Beside(string name) => folder[name];

    [AssemblyCleanup]
    public static void Clean() => folder.Dispose();
}
