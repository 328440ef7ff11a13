using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>A dictionary of a file as a network sees it: under the network's own names.</summary>
/// <param name="Stored">The dictionary.</param>
/// <param name="Prefix">What stands before the network's names there.</param>
/// <param name="Tensors">What is behind the prefix, without it, and the classifier wherever it is.</param>
/// <param name="Beside">The other names of the dictionary.</param>
internal sealed record WeightMatch(
    StoredWeights Stored, NamePrefix Prefix, IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyList<string> Beside)
{
    public const string ClassifierPrefix = "fc.";
    public const string ClassifierWeight = $"{ClassifierPrefix}weight";
    public const string ClassifierBias = $"{ClassifierPrefix}bias";

    // What torch.compile, FSDP and activation checkpointing put between a module's name and those of its parts.
    private static readonly string[] Transparent = ["_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"];

    /// <summary>What was taken of the file, in words; null where that is all of it, under its own names.</summary>
    public string? Choice => string.Join(", ", new[]
    {
        Stored.Place.Length > 0 ? $"'{DisplayText.Of(Stored.Place)}'" : "",
        Prefix.Text.Length > 0 ? $"the names after '{DisplayText.Of(Prefix.Text)}'" : "",
    }.Where(part => part.Length > 0)) is { Length: > 0 } choice ? choice : null;

    /// <summary>For a network: of the file's dictionaries the one in which most names and shapes are the network's.</summary>
    /// <exception cref="FormatException">Two fit equally.</exception>
    public static WeightMatch OfNetwork(IReadOnlyList<StoredWeights> file, IReadOnlyDictionary<string, Tensor> network)
    {
        Dictionary<string, Tensor>.AlternateLookup<ReadOnlySpan<char>> byName = new Dictionary<string,
        Tensor>(network).GetAlternateLookup<ReadOnlySpan<char>>();
        (StoredWeights Stored, Dictionary<string, Tensor> Plain, NamePrefix Prefix) best = file
            .Select(stored => (Stored: stored, Plain: WithoutTransparent(stored.Tensors)))
            .Select(candidate => (candidate.Stored, candidate.Plain, Prefix: NamePrefix.Find(candidate.Plain, Rate)))
            .OrderByDescending(candidate => candidate.Prefix.Fits).ThenByDescending(candidate => candidate.Prefix.Named).First();
        if (best.Prefix is { Named: > 1, Rival: string rival })
        {
            throw new FormatException(
                $"two networks fit equally, behind '{DisplayText.Of(best.Prefix.Text)}' and '{DisplayText.Of(rival)}'; save the one that " +
                $"is meant on its own");
        }
        return Take(best.Stored, best.Plain, best.Prefix);

        Match Rate(ReadOnlySpan<char> name, Tensor tensor) =>
            !byName.TryGetValue(name, out Tensor? target) ? Match.None : HasShape(tensor, target.shape) ? Match.Fits : Match.Named;
    }

    /// <summary>A dictionary as it is, whose names are those of what takes it.</summary>
    public static WeightMatch OfAll(
        StoredWeights stored, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, Tensor> target) =>
        new(stored, new NamePrefix("", Fits: 0, Named: tensors.Keys.Count(target.ContainsKey)), tensors, []);

    /// <summary>
    /// Whether a tensor has a shape, or is the same but for ones at the end: a linear layer saved as a convolution of one pixel.
    /// </summary>
    public static bool HasShape(Tensor tensor, long[] shape) => WithoutOnes(tensor.shape).SequenceEqual(WithoutOnes(shape));

    /// <summary>A shape without the ones at its end.</summary>
    public static ReadOnlySpan<long> WithoutOnes(long[] shape) => shape.AsSpan().TrimEnd(1L);

    private static WeightMatch Take(StoredWeights stored, Dictionary<string, Tensor> plain, NamePrefix prefix)
    {
        var own = new Dictionary<string, Tensor>();
        var beside = new Dictionary<string, Tensor>();
        foreach ((string name, Tensor tensor) in plain)
        {
            if (name.StartsWith(prefix.Text, StringComparison.Ordinal)) own.Add(name[prefix.Text.Length..], tensor);
            else beside.Add(name, tensor);
        }
        if (prefix.Named > 0 && !own.ContainsKey(ClassifierWeight)) FindClassifier(own, beside);
        return new WeightMatch(stored, prefix, own, [.. beside.Keys]);
    }

    /// <summary>
    /// A classifier inside a Sequential (<c>fc.1.weight</c>, behind dropout), or in OpenMMLab's head beside the backbone
    /// (<c>head.fc.weight</c>). Any other <c>fc</c> beside a backbone may take features that were changed in between, as the one of a
    /// tuning here does.
    /// </summary>
    private static void FindClassifier(Dictionary<string, Tensor> own, Dictionary<string, Tensor> beside)
    {
        string[] inside = [.. own.Keys.Where(name => name.StartsWith(ClassifierPrefix, StringComparison.Ordinal))];
        (Dictionary<string, Tensor> place, string[] weights) = inside is []
            ? (beside, beside.Keys.Where(name => $".{name}".EndsWith($".head.{ClassifierWeight}", StringComparison.Ordinal)).ToArray())
            : (own, [.. inside.Where(name => name.EndsWith(".weight", StringComparison.Ordinal))]);
        if (inside.Length > 2 || weights is not [string weight] || WithoutOnes(place[weight].shape).Length != 2) return;
        if (!place.Remove($"{weight[..^"weight".Length]}bias", out Tensor? bias)) return;
        place.Remove(weight, out Tensor? matrix);
        own.Add(ClassifierWeight, matrix!);
        own.Add(ClassifierBias, bias);
    }

    private static Dictionary<string, Tensor> WithoutTransparent(IReadOnlyDictionary<string, Tensor> tensors)
    {
        if (!tensors.Keys.Any(name => Transparent.Any(part => name.Contains(part, StringComparison.Ordinal))))
            return new Dictionary<string, Tensor>(tensors);
        var plain = new Dictionary<string, Tensor>();
        foreach ((string name, Tensor tensor) in tensors)
        {
            // Where two names would become one, nothing is taken out of any.
            if (!plain.TryAdd(string.Join('.', name.Split('.').Where(part => !Transparent.Contains(part))), tensor))
                return new Dictionary<string, Tensor>(tensors);
        }
        return plain;
    }
}
