using CsvHelper;
using TorchSharp;
using TorchSharp.Modules;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Writes down a training while it runs: TensorBoard's event files, with the loss of each step and the figures of each epoch, and
/// <c>history.csv</c>, a row for each epoch. Event files get names of their own; TensorBoard shows all of a folder.
/// </summary>
internal sealed class TrainingLog : IProgress<TrainingEvent>
{
    public const string HistoryFile = "history.csv";

    private readonly string history;
    private readonly IProgress<TrainingEvent>? next;
    private readonly SummaryWriter writer;
    private readonly List<TrainingEpoch> epochs;
    private int stepsPerEpoch;

    /// <param name="options">The folder, and whether a training goes on or replaces another one.</param>
    /// <param name="next">Hears of everything too.</param>
    /// <exception cref="TrainingException">There is a history of another training, which may not be replaced.</exception>
    /// <exception cref="InvalidDataException">The history to go on with is damaged.</exception>
    public TrainingLog(TrainingOptions options, IProgress<TrainingEvent>? next)
    {
        this.next = next;
        string folder = options.LogFolder!;
        history = Path.Combine(folder, HistoryFile);
        bool exists = File.Exists(history);
        if (exists && !options.Resume && !options.Overwrite)
            throw new TrainingException($"There is a {HistoryFile} in '{folder}' already. Use {Setting.Overwrite} to replace it, or another {new Setting(nameof(TrainingOptions.LogFolder))}.");
        epochs = exists && options.Resume ? Read(history) : [];
        Directory.CreateDirectory(folder);
        writer = torch.utils.tensorboard.SummaryWriter(folder, createRunName: false);
    }

    public void Report(TrainingEvent value)
    {
        switch (value)
        {
            case StepRecord step:
                stepsPerEpoch = step.Steps;
                int number = (step.Epoch - 1) * step.Steps + step.Step;
                writer.add_scalar("loss/step", (float)step.Loss, number);
                writer.add_scalar("learning rate", (float)step.LearningRate, number);
                break;
            case TrainingEpoch epoch:
                int last = epoch.Epoch * stepsPerEpoch;
                writer.add_scalar("loss/train", (float)epoch.TrainLoss, last);
                writer.add_scalar("loss/validation", (float)epoch.ValidationLoss, last);
                foreach ((string name, double figure) in epoch.Figures) writer.add_scalar($"{name}/validation", (float)figure, last);
                epochs.RemoveAll(earlier => earlier.Epoch >= epoch.Epoch);
                epochs.Add(epoch);
                WholeFile.WriteText(history, Csv());
                break;
        }
        next?.Report(value);
    }

    private string Csv()
    {
        using var text = new StringWriter();
        using var csv = new CsvWriter(text, CsvFormat.Own);
        csv.WriteRecords(epochs.Cast<object>()); // the columns are those of the epochs' own kind
        csv.Flush();
        return text.ToString();
    }

    private static List<TrainingEpoch> Read(string path)
    {
        try
        {
            using var csv = new CsvReader(new StreamReader(path), CsvFormat.Own);
            csv.Read();
            csv.ReadHeader();
            return
            [
                .. Has(nameof(EpochRecord.ValidationAccuracy)) ? csv.GetRecords<EpochRecord>()
                    : Has(nameof(MultiLabelEpoch.ValidationRankingLoss)) ? csv.GetRecords<MultiLabelEpoch>()
                    : csv.GetRecords<RegressionEpoch>().Cast<TrainingEpoch>(),
            ];

            bool Has(string figure) => csv.HeaderRecord!.Contains(figure);
        }
        catch (CsvHelperException e)
        {
            throw new InvalidDataException($"'{path}' is damaged: {e.Message.Split('\n')[0].TrimEnd('\r', '.')}.", e);
        }
    }
}
