using System.Globalization;
using System.Text.Json;
using ResNetMLNet.Backbones.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer.Tuning;

/// <summary>
/// Where a training saves itself: a folder for each checkpoint, named by the number of its step, with the weights (safetensors), the
/// optimizer and the progress. It is written under a temporary name and renamed when it is whole; the one before is removed after that, so
/// that whatever happens there is a whole one. Beside them the weights of the best epoch.
/// </summary>
internal sealed class CheckpointFolder
{
    private const string Network = "network.safetensors";
    private const string Average = "average.safetensors";
    private const string Optimizer = "optimizer.bin";
    private const string Progress = "progress.json";
    private const string Prefix = "step-";
    private const string Temporary = ".tmp";

    private readonly string path;

    /// <param name="path">The folder; made where it is missing. What was left half-written there is removed.</param>
    public CheckpointFolder(string path)
    {
        this.path = path;
        Directory.CreateDirectory(path);
        foreach (string unfinished in Directory.EnumerateDirectories(path, $"*{Temporary}")) Directory.Delete(unfinished, recursive: true);
    }

    /// <summary>The weights of the best epoch.</summary>
    public string Best => Path.Combine(path, "best.safetensors");

    /// <summary>Whether there is a checkpoint to go on from.</summary>
    public bool Any => Last is not null;

    private string? Last => Directory.EnumerateDirectories(path, $"{Prefix}*").Where(folder => !folder.EndsWith(Temporary, StringComparison.Ordinal)).Max(StringComparer.Ordinal);

    /// <summary>Removes every checkpoint.</summary>
    public void Clear()
    {
        Directory.Delete(path, recursive: true);
        Directory.CreateDirectory(path);
    }

    /// <summary>Writes a checkpoint.</summary>
    /// <exception cref="UserException">It could not be written, for example since the disk is full; the one before is still there.</exception>
    public void Save(TuningProgress progress, nn.Module network, WeightAverage? average, OptimizerHelper optimizer) => Explained(() =>
    {
        string folder = Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{progress.Epoch:D5}-{progress.Step:D8}")), temporary = folder + Temporary;
        string? before = Last;
        if (before == folder) return; // nothing has moved since
        Directory.CreateDirectory(temporary);
        SaveWeights(network.state_dict(), Path.Combine(temporary, Network));
        if (average is not null) SaveWeights(average.Tensors, Path.Combine(temporary, Average));
        using (var writer = new BinaryWriter(File.Create(Path.Combine(temporary, Optimizer)))) optimizer.save_state_dict(writer);
        File.WriteAllText(Path.Combine(temporary, Progress), JsonSerializer.Serialize(progress, Recipes.Json));
        Directory.Move(temporary, folder);
        if (before is not null) Directory.Delete(before, recursive: true);
    });

    /// <summary>Keeps the weights as those of the best epoch.</summary>
    /// <exception cref="UserException">They could not be written.</exception>
    public void SaveBest(nn.Module network) => Explained(() => SaveWeights(network.state_dict(), Best));

    /// <summary>Puts the last checkpoint back.</summary>
    /// <exception cref="UserException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or of another network.</exception>
    public TuningProgress Load(nn.Module network, WeightAverage? average, OptimizerHelper optimizer)
    {
        string folder = Last ?? throw new UserException($"There is no checkpoint in '{path}'.");
        LoadWeights(network.state_dict(), Path.Combine(folder, Network));
        if (average is not null) LoadWeights(average.Tensors, Path.Combine(folder, Average));
        using (var reader = new BinaryReader(File.OpenRead(Path.Combine(folder, Optimizer)))) optimizer.load_state_dict(reader);
        return JsonSerializer.Deserialize<TuningProgress>(File.ReadAllText(Path.Combine(folder, Progress)), Recipes.Json)!;
    }

    /// <summary>Copies a file's weights into tensors of the same names and shapes.</summary>
    /// <exception cref="InvalidDataException">They differ.</exception>
    public static void LoadWeights(IReadOnlyDictionary<string, Tensor> target, string file)
    {
        using WeightSet weights = WeightsFile.Load(file);
        if (target.FirstOrDefault(entry => !weights.Tensors.TryGetValue(entry.Key, out Tensor? saved) || !saved.shape.SequenceEqual(entry.Value.shape)) is { Key: string name })
            throw new InvalidDataException($"'{file}' is of another network: '{name}' is missing or of another shape.");
        using IDisposable noGradient = no_grad();
        foreach ((string key, Tensor tensor) in target) tensor.copy_(weights.Tensors[key]);
    }

    // The tensors stay the network's, so the set is not disposed of.
    private static void SaveWeights(IReadOnlyDictionary<string, Tensor> tensors, string file) => WeightsFile.Save(new WeightSet(tensors, file), file);

    private void Explained(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException(
                $"A checkpoint could not be written into '{path}': {e.Message} {(Any ? "The one before is whole: make room and go on with --resume." : "Make room, or choose another folder with --output.")}");
        }
    }
}
