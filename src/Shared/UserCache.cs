namespace ResNetMLNet;

/// <summary>Where this project keeps what can be had again: downloaded weights, features.</summary>
internal static class UserCache
{
    /// <summary>Names another folder, as an environment variable.</summary>
    public const string EnvironmentVariable = "RESNETMLNET_CACHE";

    /// <summary>
    /// The folder that <see cref="EnvironmentVariable"/> names, otherwise <c>resnet-mlnet</c> in <c>XDG_CACHE_HOME</c>, otherwise in
    /// <c>~/.cache</c>, on Windows in <c>%LOCALAPPDATA%</c>.
    /// </summary>
    public static string Folder() => Variable(EnvironmentVariable) is string named
        ? Path.GetFullPath(named) : Path.Combine(Caches(), "resnet-mlnet");

    // A relative XDG path is to be ignored, its specification says.
    private static string Caches() =>
        Variable("XDG_CACHE_HOME") is string xdg && Path.IsPathFullyQualified(xdg) ? xdg
        : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
