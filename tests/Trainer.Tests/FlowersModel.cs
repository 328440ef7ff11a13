namespace Trainer.Tests;

/// <summary>What the README's first command makes of its real photos.</summary>
internal static class FlowersModel
{
    private static readonly Lazy<(CommandLine Training, string Folder)> trained = new(() =>
    {
        string folder = TestCache.Beside("flowers-model");
        CommandLine training = CommandLine.Run("train", TemporaryFolder.Flowers, "--output", folder, "--json");
        training.AssertSucceeded();
        return (training, folder);
    });

    public static CommandLine Training => trained.Value.Training;

    /// <summary>The result folder; leave it as it is.</summary>
    public static string Folder => trained.Value.Folder;
}
