namespace ResNetMLNet.MLNetPipelines;

/// <summary>Goes through a folder, following links, and lists each image once. What is passed over is noted.</summary>
internal sealed class FolderWalk(List<PassedOver> passedOver)
{
    // What systems leave in folders and nobody means as data: Windows, macOS, Synology, QNAP, Picasa.
    private static readonly HashSet<string> systemNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "Thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "$RECYCLE.BIN", "RECYCLER", "System Volume Information",
            "found.000", "lost+found",
        "__MACOSX", "Network Trash Folder", "Temporary Items", "Icon\r", "@eaDir", "#recycle", "#snapshot", "@Recycle",
            "@Recently-Snapshot", "@tmp",
        "~snapshot", "Picasa.ini", "ZbThumbnail.info",
    };

    private readonly HashSet<string> seen = new(StringComparer.Ordinal);
    private readonly List<string> files = [];

    /// <summary>The folders right below one, in ordinal order of their names; links to folders among them.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="passedOver">Takes what else is in it.</param>
    public static IReadOnlyList<(string Name, string Path, string RealPath)> ClassFolders(string path, List<PassedOver> passedOver)
    {
        var folders = new List<(string Name, string Path, string RealPath)>();
        string real = RealPath.Of(path);
        foreach (FileSystemInfo entry in Entries(path, passedOver))
        {
            string entryPath = Path.Combine(path, entry.Name);
            string target = RealPath.Of(entryPath);
            if (!Directory.Exists(entryPath))
                passedOver.Add(new PassedOver(entryPath, Obstacle(entryPath, target) ?? PassedOver.BesideClasses));
            else if (RealPath.IsWithin(real, target)) passedOver.Add(new PassedOver(entryPath, PassedOver.Loop));
            else folders.Add((entry.Name, entryPath, target));
        }

        return folders;
    }

    public static IReadOnlyList<PassedOver> InOrder(IEnumerable<PassedOver> entries) =>
        [.. entries.OrderBy(entry => entry.Path, StringComparer.Ordinal)];

    /// <summary>The images in a folder and below it, in ordinal order; those seen before are passed over.</summary>
    /// <param name="path">The folder, as the paths are to start.</param>
    /// <param name="realPath">Where it is.</param>
    public IReadOnlyList<string> Files(string path, string realPath)
    {
        var folders = new Stack<(string Path, string RealPath)>([(path, realPath)]);
        // Links are followed last, so that what is in the folder itself is listed by its own name.
        var links = new Queue<(string Path, string RealFolder)>();
        while (true)
        {
            if (folders.TryPop(out (string Path, string RealPath) folder))
            {
                if (!seen.Add(folder.RealPath))
                {
                    passedOver.Add(new PassedOver(folder.Path, PassedOver.Again));
                    continue;
                }

                foreach (FileSystemInfo entry in Entries(folder.Path, passedOver))
                {
                    string entryPath = Path.Combine(folder.Path, entry.Name);
                    if (IsLink(entry)) links.Enqueue((entryPath, folder.RealPath));
                    else if (entry is DirectoryInfo) folders.Push((entryPath, Path.Combine(folder.RealPath, entry.Name)));
                    else AddFile(entryPath, Path.Combine(folder.RealPath, entry.Name));
                }
            }
            else if (links.TryDequeue(out (string Path, string RealFolder) link))
            {
                string target = RealPath.Of(link.Path);
                if (!Directory.Exists(link.Path)) AddFile(link.Path, target);
                else if (RealPath.IsWithin(link.RealFolder, target)) passedOver.Add(new PassedOver(link.Path, PassedOver.Loop));
                else folders.Push((link.Path, target));
            }
            else
            {
                return [.. files.OrderBy(file => file.Replace(Path.DirectorySeparatorChar, '/'), StringComparer.Ordinal)];
            }
        }
    }

    private void AddFile(string path, string realPath)
    {
        string? obstacle = Obstacle(path, realPath) ?? (seen.Add(realPath) ? null : PassedOver.Again);
        if (obstacle is null) files.Add(path);
        else passedOver.Add(new PassedOver(path, obstacle));
    }

    /// <summary>Why a path that is not a folder's is not an image's; null where it is.</summary>
    private static string? Obstacle(string path, string realPath) =>
        // File.Exists is true of a link that leads nowhere.
        new FileInfo(realPath) is not { Exists: true, LinkTarget: null } ? PassedOver.BrokenLink
        : SpecialFile.KindOf(path) ?? (ImageSignature.IsLikelyImage(path) ? null : PassedOver.NotAnImage);

    private static bool IsLink(FileSystemInfo entry) => entry.Attributes.HasFlag(FileAttributes.ReparsePoint)
        && entry.LinkTarget is not null;

    /// <summary>
    /// What is in a folder and means something, in ordinal order, so that the first of two links to a file is always the same.
    /// </summary>
    private static List<FileSystemInfo> Entries(string path, List<PassedOver> passedOver)
    {
        var entries = new List<FileSystemInfo>();
        try
        {
            foreach (FileSystemInfo entry in new DirectoryInfo(path).EnumerateFileSystemInfos())
            {
                FileName.RequireReadable(path, entry);
                string? reason = systemNames.Contains(entry.Name) ? PassedOver.System
                    : entry.Name[0] == '.' || entry.Attributes.HasFlag(FileAttributes.Hidden) ? PassedOver.Hidden
                    : null;
                if (reason is null) entries.Add(entry);
                else passedOver.Add(new PassedOver(Path.Combine(path, entry.Name), reason));
            }
        }
        catch (UnauthorizedAccessException)
        {
            passedOver.Add(new PassedOver(path, PassedOver.Denied));
        }

        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return entries;
    }
}
