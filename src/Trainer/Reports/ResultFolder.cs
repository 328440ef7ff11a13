using ResNetMLNet.Trainer.Reports.Page;

namespace ResNetMLNet.Trainer.Reports;

/// <summary>
/// The folder that a run writes its results into, whole or not at all: everything is written beside it, under a temporary name,
/// and moved there at the end.
/// </summary>
internal sealed class ResultFolder : IDisposable
{
    /// <summary>The file that makes a folder a result.</summary>
    public const string Model = "model.zip";

    public const string Backbone = "backbone.onnx";
    public const string Metrics = "metrics.json";

    /// <summary>What the model made of each validation image.</summary>
    public const string Predictions = "predictions.csv";

    /// <summary>The epochs, where the backbone was trained too.</summary>
    public const string History = "history.json";

    public const string Report = "report.html";
    public const string Card = "MODEL_CARD.md";

    private readonly string path;
    private readonly string staging;

    /// <param name="path">The folder; made where it is missing.</param>
    /// <param name="overwrite">Whether a model that is there may be replaced.</param>
    /// <exception cref="UserException">There is a model and it may not be replaced.</exception>
    public ResultFolder(string path, bool overwrite)
    {
        this.path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        Name = Path.TrimEndingDirectorySeparator(path);
        if (File.Exists(this.path)) throw new UserException($"'{path}' is a file. Name a folder for the results with --output.");
        if (!overwrite && File.Exists(Path.Combine(this.path, Model)))
            throw new UserException($"There is a model in '{path}' already. Use --force to replace it, or another folder with --output.");
        string parent = Path.GetDirectoryName(this.path) ?? throw new UserException($"'{path}' is no folder to write into.");
        Directory.CreateDirectory(parent);
        staging = Path.Combine(parent, $".{Path.GetFileName(this.path)}.{Environment.ProcessId}.tmp");
        Directory.CreateDirectory(staging);
    }

    /// <summary>The folder as the user named it.</summary>
    public string Name { get; }

    /// <summary>The folder itself, which what outlives a run that is cut off is written into: checkpoints.</summary>
    public string Location => path;

    /// <summary>Where to write a file, for now.</summary>
    public string this[string file] => Path.Combine(staging, file);

    /// <summary>Writes what people read of a run: predictions, page and card.</summary>
    public void Write(RunReport report)
    {
        PredictedImage.Write(this[Predictions], report.Predictions);
        ReportPage.Write(report, this[Report]);
        File.WriteAllText(this[Card], ModelCard.Of(report));
    }

    /// <summary>Moves what was written to where it belongs.</summary>
    public void Commit()
    {
        Directory.CreateDirectory(path);
        foreach (string file in Directory.EnumerateFiles(staging)) File.Move(file, Path.Combine(path, Path.GetFileName(file)), overwrite: true);
    }

    /// <summary>Removes what was not moved.</summary>
    public void Dispose()
    {
        if (Directory.Exists(staging)) Directory.Delete(staging, recursive: true);
    }
}
