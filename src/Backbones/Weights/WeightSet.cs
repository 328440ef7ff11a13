using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>Weights by their state_dict names, read from a file. Owns its tensors.</summary>
/// <param name="tensors">Name to tensor.</param>
/// <param name="origin">Where they came from, in words.</param>
public sealed class WeightSet(IReadOnlyDictionary<string, Tensor> tensors, string origin) : IDisposable
{
    // A counter that PyTorch adds since 0.4.1; evaluation does not read it, and training starts it anew.
    private const string OptionalSuffix = ".num_batches_tracked";

    /// <summary>Name to tensor.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors { get; } = tensors;

    /// <summary>Where they came from, in words.</summary>
    public string Origin { get; } = origin;

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in Tensors.Values) tensor.Dispose();
    }

    internal void CopyTo(IReadOnlyDictionary<string, Tensor> target, string backbone)
    {
        string[] problems =
        [
            .. target.Keys.Where(name => !Tensors.ContainsKey(name) && !name.EndsWith(OptionalSuffix, StringComparison.Ordinal))
                .Select(name => $"{name} is missing"),
            .. Tensors.Keys.Where(name => !target.ContainsKey(name)).Select(name => $"{name} is unexpected"),
            .. target.Where(entry => Tensors.TryGetValue(entry.Key, out Tensor? tensor) && !tensor.shape.SequenceEqual(entry.Value.shape))
                .Select(entry => $"{entry.Key} is [{string.Join(", ", Tensors[entry.Key].shape)}] in place of [{string.Join(", ", entry.Value.shape)}]"),
        ];
        if (problems.Length > 0)
        {
            throw new InvalidDataException(
                $"{Origin}: the weights do not fit backbone '{backbone}', in {problems.Length} places: {string.Join("; ", problems)}.");
        }

        using IDisposable noGradient = no_grad();
        foreach ((string name, Tensor tensor) in Tensors) target[name].copy_(tensor);
    }
}
