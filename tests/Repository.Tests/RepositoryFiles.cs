using System.Reflection;

namespace Repository.Tests;

/// <summary>The checkout that the tests were built from.</summary>
internal static class RepositoryFiles
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    /// <summary>Where NuGet keeps packages.</summary>
    public static string PackageFolder { get; } = Metadata("PackageFolder");

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path)).ReplaceLineEndings("\n");

    private static string Metadata(string key) => typeof(RepositoryFiles).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key).Value!;
}
