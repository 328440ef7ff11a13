using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A saved model's featurizers, by the folders of their networks. They open at once, on threads of their own, while ML.NET loads the rest:
/// that takes it as long as ONNX Runtime takes for a network.
/// </summary>
internal sealed class SavedNetworks : IDisposable
{
    private readonly Dictionary<string, Task<ImageFeaturizingTransformer>> opening;
    private readonly string path;

    /// <param name="networks">The networks as they were saved, which are changed in place.</param>
    /// <param name="path">The model's file.</param>
    /// <param name="options">Device, batch size, limits.</param>
    public SavedNetworks(IReadOnlyDictionary<string, ModelProto> networks, string path, FeaturizeImagesOptions options)
    {
        this.path = path;
        opening = networks.ToDictionary(network => network.Key, network => Task.Run(() => SavedFeaturizer.Restore(network.Value, path, options)));
    }

    /// <summary>The featurizer of the network in a folder, for the caller to dispose of.</summary>
    /// <exception cref="InvalidDataException">The folder has none, or it is damaged.</exception>
    public ImageFeaturizingTransformer Take(string folder) => opening.Remove(folder, out Task<ImageFeaturizingTransformer>? featurizer)
        ? featurizer.GetAwaiter().GetResult()
        : throw new InvalidDataException($"'{DisplayText.Of(path, 300)}' has no network in '{DisplayText.Of(folder)}'. Save the model again.");

    /// <summary>Closes those that nobody took.</summary>
    public void Dispose()
    {
        foreach (Task<ImageFeaturizingTransformer> left in opening.Values)
        {
            // Waits, too: nothing of a file that was refused runs on.
            left.ContinueWith(done => { if (done.IsCompletedSuccessfully) done.Result.Dispose(); }, TaskScheduler.Default).Wait();
        }
    }
}
