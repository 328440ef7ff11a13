namespace ResNetMLNet;

/// <summary>Where a path leads, so that what is reached by two paths is known as the same.</summary>
internal static class RealPath
{
    // As Linux has it; more is a circle.
    private const int MostLinks = 40;

    /// <summary>The absolute path with every link in it followed; what does not exist stays as it is.</summary>
    public static string Of(string path)
    {
        string full = Path.GetFullPath(path), real = Path.GetPathRoot(full)!;
        Stack<string> rest = new(Names(full));
        for (int links = 0; rest.TryPop(out string? name);)
        {
            string next = Path.Combine(real, name);
            if (links >= MostLinks || LinkTarget(next) is not string target)
            {
                real = next;
                continue;
            }

            links++;
            string resolved = Path.GetFullPath(target, real);
            foreach (string part in Names(resolved)) rest.Push(part);
            real = Path.GetPathRoot(resolved)!;
        }

        return real;
    }

    /// <summary>Whether a path is another's, or in it; both are real ones.</summary>
    public static bool IsWithin(string path, string folder) =>
        path == folder || path.StartsWith(Path.EndsInDirectorySeparator(folder)
            ? folder : folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    // The last comes first, as a stack takes them.
    private static IEnumerable<string> Names(string path) =>
        path[Path.GetPathRoot(path)!.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar],
            StringSplitOptions.RemoveEmptyEntries).Reverse();

    private static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
