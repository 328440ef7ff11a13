using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ResNetMLNet.Backbones.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Where a training saves itself: a folder for each checkpoint, named by its epoch and step, with the weights (safetensors), the optimizer
/// and the progress. It is written under a temporary name and renamed when it is whole; the one before is removed after that, so that
/// whatever happens there is a whole one. Beside them the weights of the best epoch, those that training started with, and what the data
/// were. Nothing is ever removed but what has a name of these.
/// </summary>
internal sealed partial class CheckpointFolder
{
    private const string Network = "network.safetensors";
    private const string Average = "average.safetensors";
    private const string Gradients = "gradients.safetensors";
    private const string Optimizer = "optimizer.bin";
    private const string Progress = "progress.json";
    private const string BestFile = "best.safetensors";
    private const string StartFile = "start.safetensors";
    private const string DataFile = "data.json";
    private const string Temporary = ".tmp";

    private readonly string path;

    /// <param name="path">The folder; made where it is missing. What a training that was killed left half-written there is removed.</param>
    public CheckpointFolder(string path)
    {
        this.path = path;
        Directory.CreateDirectory(path);
        foreach (string unfinished in Named(Directory.EnumerateDirectories(path), UnfinishedName))
            Directory.Delete(unfinished, recursive: true);
        foreach (string unfinished in Named(Directory.EnumerateFiles(path), UnfinishedFileName)) File.Delete(unfinished);
    }

    /// <summary>The weights of the best epoch.</summary>
    public string Best => Path.Combine(path, BestFile);

    /// <summary>The weights that training started with, where those that are kept depend on them.</summary>
    public string Start => Path.Combine(path, StartFile);

    /// <summary>Whether there is a checkpoint to go on from.</summary>
    public bool Any => Last is not null;

    private string Data => Path.Combine(path, DataFile);

    private string? Last => Checkpoints.MaxBy(folder => CheckpointName.Match(Path.GetFileName(folder)).Groups is var parts
        ? (int.Parse(parts[1].Value, CultureInfo.InvariantCulture), int.Parse(parts[2].Value, CultureInfo.InvariantCulture)) : default);

    private IEnumerable<string> Checkpoints => Named(Directory.EnumerateDirectories(path), CheckpointName);

    /// <summary>Removes every checkpoint and what belongs to them, and nothing else.</summary>
    public void Clear()
    {
        foreach (string checkpoint in Checkpoints) Directory.Delete(checkpoint, recursive: true);
        foreach (string file in (string[])[Best, Start, Data]) File.Delete(file);
    }

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="progress">Where training is.</param>
    /// <param name="network">The network.</param>
    /// <param name="average">The average of its weights, where there is one.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="gradients">Gradients that are added up for a step of the optimizer; empty after one.</param>
    /// <exception cref="TrainingException">
    /// It could not be written, for example since the disk is full; the one before is still there.
    /// </exception>
    public void Save(
        TuningProgress progress, nn.Module network, WeightAverage? average, OptimizerHelper optimizer,
        IReadOnlyDictionary<string, Tensor> gradients) => Explained(() =>
    {
        string folder = Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"step-{progress.Epoch:D5}-{progress.Step:D8}"));
        string temporary = folder + Temporary;
        string? before = Last;
        if (before == folder) return; // nothing has moved since
        Directory.CreateDirectory(temporary);
        WeightsFile.Save(network.state_dict(), Path.Combine(temporary, Network));
        if (average is not null) WeightsFile.Save(average.Tensors, Path.Combine(temporary, Average));
        if (gradients.Count > 0) WeightsFile.Save(gradients, Path.Combine(temporary, Gradients));
        using (var writer = new BinaryWriter(File.Create(Path.Combine(temporary, Optimizer)))) optimizer.save_state_dict(writer);
        File.WriteAllText(Path.Combine(temporary, Progress), JsonSerializer.Serialize(progress, RecipeSettings.Json));
        Directory.Move(temporary, folder);
        if (before is not null) Directory.Delete(before, recursive: true);
    });

    /// <summary>Keeps the weights as those of the best epoch.</summary>
    /// <exception cref="TrainingException">They could not be written.</exception>
    public void SaveBest(nn.Module network) => Explained(() => WeightsFile.Save(network.state_dict(), Best));

    /// <summary>Keeps the weights that training starts with.</summary>
    /// <exception cref="TrainingException">They could not be written.</exception>
    public void SaveStart(IReadOnlyDictionary<string, Tensor> weights) => Explained(() => WeightsFile.Save(weights, Start));

    /// <summary>Keeps what the images are, and what each is for.</summary>
    /// <exception cref="TrainingException">It could not be written.</exception>
    public void SaveData(DataRecord data) =>
        Explained(() => WholeFile.WriteText(Data, JsonSerializer.Serialize(data, RecipeSettings.Json)));

    /// <summary>What the images were when training started; null where it did not come so far.</summary>
    /// <exception cref="TrainingException">The file is damaged, or missing beside a checkpoint.</exception>
    public DataRecord? LoadData()
    {
        if (File.Exists(Data)) return Read<DataRecord>(Data);
        if (!Any) return null;
        throw new TrainingException(
            $"'{Data}' is missing, so nobody knows which images were trained on. Start anew with {Setting.Overwrite}, or in another folder with {Setting.ResultFolder}.");
    }

    /// <summary>Where the last checkpoint is; null where there is none.</summary>
    /// <exception cref="TrainingException">It is damaged.</exception>
    public TuningProgress? LoadProgress() => Last is string folder ? Read<TuningProgress>(Path.Combine(folder, Progress)) : null;

    /// <summary>Puts the last checkpoint back.</summary>
    /// <exception cref="TrainingException">There is none, or it is damaged.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or of another network.</exception>
    public TuningProgress Load(nn.Module network, WeightAverage? average, OptimizerHelper optimizer)
    {
        TuningProgress progress = LoadProgress() ?? throw new TrainingException($"There is no checkpoint in '{path}'.");
        string folder = Last!, gradients = Path.Combine(folder, Gradients);
        LoadWeights(network.state_dict(), Path.Combine(folder, Network));
        if (average is not null) LoadWeights(average.Tensors, Path.Combine(folder, Average));
        if (File.Exists(gradients)) LoadGradients(network, gradients);
        using (var reader = new BinaryReader(File.OpenRead(Path.Combine(folder, Optimizer)))) optimizer.load_state_dict(reader);
        return progress;
    }

    /// <summary>Copies a file's weights into tensors of the same names and shapes.</summary>
    /// <exception cref="InvalidDataException">They differ.</exception>
    public static void LoadWeights(IReadOnlyDictionary<string, Tensor> target, string file)
    {
        using WeightSet weights = WeightsFile.Load(file);
        weights.CopyTo(target);
    }

    private static void LoadGradients(nn.Module network, string file)
    {
        using WeightSet gradients = WeightsFile.Load(file);
        foreach ((string name, Parameter parameter) in network.named_parameters())
        {
            if (gradients.Tensors.TryGetValue(name, out Tensor? gradient))
                parameter.grad = gradient.to(parameter.device, copy: true).DetachFromDisposeScope();
        }
    }

    private static T Read<T>(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(file), RecipeSettings.Json)
                ?? throw new TrainingException($"'{file}' is damaged: it is null.");
        }
        catch (JsonException e)
        {
            throw new TrainingException($"'{file}' is damaged, at line {e.LineNumber + 1}.");
        }
    }

    private static IEnumerable<string> Named(IEnumerable<string> entries, Regex name) =>
        entries.Where(entry => name.IsMatch(Path.GetFileName(entry)));

    private void Explained(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SettingText way = $"The one before is whole: make room and go on with {Setting.Resume}.";
            if (!Any) way = $"Make room, or choose another folder with {Setting.ResultFolder}.";
            throw new TrainingException($"A checkpoint could not be written into '{path}': {e.Message} {way}");
        }
    }

    [GeneratedRegex(@"^step-(\d{5,9})-(\d{8,9})\z")]
    private static partial Regex CheckpointName { get; }

    [GeneratedRegex(@"^step-\d{5,9}-\d{8,9}\.tmp\z")]
    private static partial Regex UnfinishedName { get; }

    // As WholeFile names them.
    [GeneratedRegex(@"^(best\.safetensors|start\.safetensors|data\.json)\.\d+-[^.]+\.[^.]+\.tmp\z")]
    private static partial Regex UnfinishedFileName { get; }
}
