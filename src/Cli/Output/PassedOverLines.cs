using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Cli;

/// <summary>Says what a listing leaves out; every verb says it in these words.</summary>
internal static class PassedOverLines
{
    private const int Named = 5;

    public static void Say(IReadOnlyList<PassedOver> entries)
    {
        if (entries.Count == 0) return;
        Terminal.Say($"Passed over {(entries.Count == 1 ? "1 file or folder" : $"{entries.Count} files and folders")}: {PassedOver.Summary(entries)}.");
        // Nobody means the first two as data; the others may be a mistake.
        PassedOver[] noted = [.. entries.Where(entry => entry.Reason is not (PassedOver.Hidden or PassedOver.System))];
        foreach (PassedOver entry in noted.Take(Named)) Terminal.Say($"  {entry.Path}: {entry.Reason}");
        if (noted.Length > Named) Terminal.Say($"  and {noted.Length - Named} more");
    }
}
