namespace Trainer.Tests.Reports;

/// <summary>Photos whose class and file names would be markup on a page that does not escape them, and a model trained on them.</summary>
internal static class HostilePhotos
{
    // Windows allows no angle brackets in names.
    public static string ClassName { get; } = OperatingSystem.IsWindows() ? "&lt;'x" : "<b>&\"x";

    private static string FileName { get; } = OperatingSystem.IsWindows() ? "&lt;img'.jpg" : "<img src=x onerror=document.title='hacked'>.jpg";

    private static readonly Lazy<(string Photos, string Model)> Trained = new(() =>
    {
        using var folder = new TemporaryFolder();
        string photos = TestCache.Beside("photos"), model = TestCache.Beside("model");
        Directory.Move(folder.Photos("photos", 10, "daisy", "roses", "tulips"), photos);
        Directory.Move(Path.Combine(photos, "tulips"), Path.Combine(photos, ClassName));
        foreach ((int i, string photo) in Directory.GetFiles(Path.Combine(photos, ClassName)).Order().Index())
            File.Move(photo, Path.Combine(photos, ClassName, $"{i}{FileName}"));
        CommandLine.Run("train", photos, "--output", model).AssertSucceeded();
        return (photos, model);
    });

    /// <summary>The folder of three classes.</summary>
    public static string Photos => Trained.Value.Photos;

    /// <summary>The result folder; leave it as it is.</summary>
    public static string Model => Trained.Value.Model;

    /// <summary>Writes the page of an evaluation of a model that has learning curves.</summary>
    public static CommandLine Evaluate(string page)
    {
        string history = Path.Combine(Model, "history.json");
        File.WriteAllText(history, """
            [{ "epoch": 1, "trainLoss": 1.5, "validationLoss": 1.2, "validationAccuracy": 0.5, "learningRate": 0.001, "seconds": 2.5 },
             { "epoch": 2, "trainLoss": 0.9, "validationLoss": 0.8, "validationAccuracy": 0.7, "learningRate": 0.0005, "seconds": 2.4 }]
            """);
        try
        {
            return CommandLine.Run("evaluate", Model, Photos, "--report", page);
        }
        finally
        {
            File.Delete(history);
        }
    }
}
