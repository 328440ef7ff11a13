using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>Weights by their state_dict names, read from a file. Owns its tensors.</summary>
/// <param name="tensors">Name to tensor.</param>
/// <param name="origin">Where they came from, in words.</param>
public sealed class WeightSet(IReadOnlyDictionary<string, Tensor> tensors, string origin) : IDisposable
{
    // A counter that PyTorch adds since 0.4.1; evaluation does not read it, and training starts it anew.
    private const string OptionalSuffix = ".num_batches_tracked";
    private const string ClassifierPrefix = "fc.";
    private const string ClassifierWeight = $"{ClassifierPrefix}weight";

    /// <summary>Name to tensor.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors { get; } = tensors;

    /// <summary>Where they came from, in words.</summary>
    public string Origin { get; } = origin;

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in Tensors.Values) tensor.Dispose();
    }

    /// <summary>Copies the weights into a network's state_dict, or changes nothing.</summary>
    internal WeightLoadingReport CopyTo(IReadOnlyDictionary<string, Tensor> target, string backbone, WeightLoadingOptions options)
    {
        string? classifier = options.ReplaceClassifier ? DescribeReplacement(target) : null;
        bool Skips(string name) => classifier is not null && name.StartsWith(ClassifierPrefix, StringComparison.Ordinal);
        string[] missing = [.. target.Keys.Where(name => !Tensors.ContainsKey(name) && !Skips(name) && !name.EndsWith(OptionalSuffix, StringComparison.Ordinal))];
        string[] unexpected = [.. Tensors.Keys.Where(name => !target.ContainsKey(name) && !Skips(name))];
        (string Name, Tensor Source, Tensor Target)[] common =
        [
            .. target.Where(entry => Tensors.ContainsKey(entry.Key) && !Skips(entry.Key)).Select(entry => (entry.Key, Tensors[entry.Key], entry.Value)),
        ];
        string[] problems =
        [
            .. options.Strict ? missing.Select(name => $"{name} is missing") : [],
            .. options.Strict ? unexpected.Select(name => $"{name} is unexpected") : [],
            .. common.Where(entry => !entry.Source.shape.SequenceEqual(entry.Target.shape))
                .Select(entry => $"{entry.Name} is [{Shape(entry.Source)}] in place of [{Shape(entry.Target)}]"),
            .. common.Where(entry => entry.Source.is_floating_point() != entry.Target.is_floating_point())
                .Select(entry => $"{entry.Name} is {entry.Source.dtype} in place of {entry.Target.dtype}"),
            .. common.Where(entry => !IsFinite(entry.Source)).Select(entry => $"{entry.Name} has NaN or infinite numbers"),
        ];
        if (problems.Length > 0)
        {
            throw new InvalidDataException(
                $"{Origin}: the weights do not fit backbone '{backbone}', in {problems.Length} places: {string.Join("; ", problems)}." +
                (problems.All(problem => problem.StartsWith(ClassifierPrefix, StringComparison.Ordinal))
                    ? " Only the classifier differs: say how many classes it shall have (`--classes N`), and where the weights have another number it starts fresh."
                    : ""));
        }

        using IDisposable noGradient = no_grad();
        foreach ((_, Tensor source, Tensor destination) in common) destination.copy_(source);
        return new WeightLoadingReport { Missing = missing, Unexpected = unexpected, Classifier = classifier };
    }

    /// <summary>What it means to leave the classifier out; null where it fits.</summary>
    private string? DescribeReplacement(IReadOnlyDictionary<string, Tensor> target)
    {
        Tensor? theirs = Tensors.GetValueOrDefault(ClassifierWeight), ours = target.GetValueOrDefault(ClassifierWeight);
        return (theirs, ours) switch
        {
            (null, null) => null,
            (null, not null) => $"a fresh classifier of {ours.shape[0]} classes",
            (not null, null) => "without its classifier",
            _ when theirs.shape.SequenceEqual(ours.shape) => null,
            _ => $"a fresh classifier of {ours.shape[0]} classes in place of its own of {theirs.shape.FirstOrDefault()}",
        };
    }

    private static bool IsFinite(Tensor tensor)
    {
        using Tensor each = tensor.isfinite(), all = each.all();
        return all.item<bool>();
    }

    private static string Shape(Tensor tensor) => string.Join(", ", tensor.shape);
}
