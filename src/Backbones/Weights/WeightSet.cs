using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>Weights by their state_dict names, read from a file. Owns its tensors.</summary>
public sealed class WeightSet : IDisposable
{
    // A counter that PyTorch adds since 0.4.1; evaluation does not read it, and training starts it anew.
    private const string CounterSuffix = ".num_batches_tracked";
    private const int ListedProblems = 10;

    // What wrappers put before every name, of whatever network: DataParallel, torch.compile, FSDP, Lightning.
    private static readonly string[] Wrappers = ["module.", "_orig_mod.", "_fsdp_wrapped_module.", "model."];

    private readonly IReadOnlyList<StoredWeights> stored;

    /// <param name="tensors">Name to tensor.</param>
    /// <param name="origin">Where they came from, in words.</param>
    public WeightSet(IReadOnlyDictionary<string, Tensor> tensors, string origin)
    {
        stored = [new StoredWeights(tensors)];
        Tensors = tensors;
        Origin = origin;
    }

    /// <summary>Of a file, which may have several dictionaries of tensors.</summary>
    /// <exception cref="FormatException">There is something else among the weights.</exception>
    internal WeightSet(IReadOnlyList<StoredWeights> stored, string origin)
    {
        this.stored = stored;
        Origin = origin;
        NamePrefix prefix = NamePrefix.OfFamily(stored[0].Tensors.Keys);
        CheckForeign(stored[0].Foreign, prefix.Rival is null ? prefix.Text : "");
        Tensors = WithoutWrappers(stored[0].Tensors);
    }

    /// <summary>
    /// Name to tensor, of the dictionary of the file that is likeliest to be a network's: its names, without <c>module.</c> and the like
    /// before all of them. <see cref="Backbone.LoadWeights"/> looks further, for what fits the network.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Tensors { get; }

    /// <summary>Where they came from, in words.</summary>
    public string Origin { get; }

    /// <summary>The preprocessing that the file names, as an exported one does; null where it names none.</summary>
    public InputSpec? Input => stored[0].Exported?.Input;

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in stored.SelectMany(weights => weights.Tensors.Values)) tensor.Dispose();
    }

    /// <summary>
    /// Copies every tensor into the one of the same name, or changes nothing. Names and shapes must be equal, as in a checkpoint of one's
    /// own; <see cref="Backbone.LoadWeights"/> takes what others save.
    /// </summary>
    /// <param name="target">
    /// Name to tensor, such as a module's <c>state_dict()</c>; on any device, and of any floating-point type where the weights have one.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// Names are missing, unexpected or of another shape, or numbers are not finite; the message lists them. Nothing was changed.
    /// </exception>
    public void CopyTo(IReadOnlyDictionary<string, Tensor> target)
    {
        // As they are in the file, unless the wrappers' prefix is what differs.
        IReadOnlyDictionary<string, Tensor> own = target.Keys.Any(stored[0].Tensors.ContainsKey) ? stored[0].Tensors : Tensors;
        Copy(WeightMatch.OfAll(stored[0], own, target), target, "the tensors", new WeightLoadingOptions(), isOptional: _ => false);
    }

    /// <summary>Copies the weights into a network, or changes nothing.</summary>
    internal WeightLoadingReport CopyTo(Backbone network, WeightLoadingOptions options)
    {
        using WeightSet? unfolded = Unfold(network);
        Dictionary<string, Tensor> target = network.state_dict();
        WeightSet source = unfolded ?? this;
        return source.Copy(source.Fit(target), target, $"backbone '{network.Spec.Name}'", options, IsCounter);
    }

    /// <summary>
    /// The state_dict that an exported file was made of, as far as it can be told; null where this is none of an exported file.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// The network is not of the catalog, so that nothing says where its batch norms were.
    /// </exception>
    internal WeightSet? Unfold()
    {
        if (stored[0].Exported is not ExportedNetwork exported) return null;
        BackboneSpec spec = BackboneRegistry.All.FirstOrDefault(known => known.Name == exported.Architecture)
            ?? throw new InvalidDataException(
                $"{Origin} is an exported file of '{DisplayText.Of(exported.Architecture)}', which the catalog lacks, and its batch " +
                $"norms are folded: " +
                "load it into a Backbone of that spec, and save that one's weights.");
        using var network = new Backbone(spec, META);
        return Unfold(network);
    }

    private WeightSet? Unfold(Backbone network) =>
        stored[0].Exported is null ? null : new WeightSet(UnfoldedWeights.Of(stored[0].Tensors, network), Origin);

    private WeightLoadingReport Copy(
        WeightMatch match, IReadOnlyDictionary<string, Tensor> target, string what, WeightLoadingOptions options, Func<string,
        bool> isOptional)
    {
        IReadOnlyDictionary<string, Tensor> own = match.Tensors;
        string? classifier = options.ReplaceClassifier ? DescribeReplacement(own, target, match.Beside) : null;
        bool Skips(string name) => classifier is not null && name.StartsWith(WeightMatch.ClassifierPrefix, StringComparison.Ordinal);
        string[] missing = [.. target.Keys.Where(name => !own.ContainsKey(name) && !Skips(name) && !isOptional(name))];
        string[] unexpected = [.. own.Keys.Where(name => !target.ContainsKey(name) && !Skips(name))];
        (string Name, Tensor Source, Tensor Target)[] common =
        [
            .. target.Where(entry => own.ContainsKey(entry.Key) && !Skips(entry.Key)).Select(
                entry => (entry.Key, own[entry.Key], entry.Value)),
        ];
        string[][] problems =
        [
            [
                .. common.Where(entry => !IsCounter(entry.Name) && !WeightMatch.HasShape(entry.Source, entry.Target.shape))
                    .Select(entry => $"{entry.Name} is [{Shape(entry.Source)}] in place of [{Shape(entry.Target)}]"),
                .. common.Where(entry => !IsCounter(entry.Name) && entry.Source.is_floating_point() != entry.Target.is_floating_point())
                    .Select(entry => $"{entry.Name} is {entry.Source.dtype} in place of {entry.Target.dtype}"),
                .. common.Where(entry => IsCounter(entry.Name) && entry.Source.numel() != 1).Select(
                    entry => $"{entry.Name} is [{Shape(entry.Source)}] in place of one number"),
                .. common.Where(entry => !IsFinite(entry.Source)).Select(entry => $"{entry.Name} has NaN or infinite numbers"),
            ],
            options.Strict ? [.. missing.Select(name => $"{name} is missing")] : [],
            options.Strict ? [.. unexpected.Select(name => $"{DisplayText.Of(name)} is unexpected")] : [],
        ];
        if (problems.Any(kind => kind.Length > 0))
            throw new InvalidDataException($"{Origin}: the weights do not fit {what}{Describe(problems, match)}");

        using IDisposable noGradient = no_grad();
        foreach ((_, Tensor source, Tensor destination) in common)
        {
            using Tensor shaped = source.reshape(destination.shape);
            destination.copy_(shaped);
        }
        return new WeightLoadingReport
        {
            Missing = missing,
            Unexpected = unexpected,
            Classifier = classifier,
            Choice = match.Choice,
            Beside = match.Beside,
        };
    }

    private static bool IsFinite(Tensor tensor)
    {
        using Tensor each = tensor.isfinite(), all = each.all();
        return all.item<bool>();
    }

    private WeightMatch Fit(IReadOnlyDictionary<string, Tensor> target)
    {
        try
        {
            WeightMatch match = WeightMatch.OfNetwork(stored, target);
            CheckForeign(match.Stored.Foreign, match.Prefix.Text);
            return match;
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"{Origin}: {e.Message}.", e);
        }
    }

    private static void CheckForeign(IReadOnlyDictionary<string, string> foreign, string prefix)
    {
        foreach ((string name, string type) in foreign)
        {
            if (!name.StartsWith(prefix, StringComparison.Ordinal)) continue;
            throw new FormatException(
                $"its weights have '{DisplayText.Of(name)}' of type '{DisplayText.Of(type)}', which weights do not need; it was refused, " +
                $"and nothing was executed");
        }
    }

    /// <summary>The first few problems of each kind, and what was compared.</summary>
    private static string Describe(string[][] problems, WeightMatch match)
    {
        if (match.Prefix.Named == 0 && match.Tensors.Count > 0)
            return $": none of its {match.Tensors.Count} names is one of the network's; they are " +
                $"{DisplayText.List(match.Tensors.Keys, ListedProblems)}.";
        int count = problems.Sum(kind => kind.Length), kinds = problems.Count(kind => kind.Length > 0);
        // Each kind gets its share of the list, and what others leave.
        int share = (ListedProblems + kinds - 1) / kinds, free = ListedProblems - problems.Sum(kind => Math.Min(share, kind.Length));
        var listed = new List<string>();
        foreach (string[] kind in problems)
        {
            int extra = Math.Clamp(kind.Length - share, 0, Math.Max(0, free));
            free -= extra;
            listed.AddRange(kind.Take(Math.Min(share + extra, ListedProblems - listed.Count)));
        }
        string compared = match.Choice is null ? "" : $" Compared was {match.Choice}.";
        string more = count > listed.Count ? $"; and {count - listed.Count} more" : "";
        string advice = problems.SelectMany(kind => kind).All(
            problem => problem.StartsWith(WeightMatch.ClassifierPrefix, StringComparison.Ordinal))
            ? " Only the classifier differs: say how many classes the network is to have; where the weights have another number, the " +
                "classifier starts fresh."
            : "";
        return $", in {count} {(count == 1 ? "place" : "places")}: {string.Join("; ", listed)}{more}.{compared}{advice}";
    }

    /// <summary>
    /// What it means to leave the classifier out; null where it fits, or where it is not one of another number of classes.
    /// </summary>
    private static string? DescribeReplacement(
        IReadOnlyDictionary<string, Tensor> own, IReadOnlyDictionary<string, Tensor> target, IReadOnlyList<string> beside)
    {
        Tensor? theirs = own.GetValueOrDefault(WeightMatch.ClassifierWeight), ours = target.GetValueOrDefault(WeightMatch.ClassifierWeight);
        return (theirs, ours) switch
        {
            (null, null) => null,
            (null, not null) when beside.Any(name => $".{name}".EndsWith($".{WeightMatch.ClassifierWeight}", StringComparison.Ordinal)) =>
                $"a fresh classifier of {ours.shape[0]} classes, since the one beside the backbone may take features that were changed",
            (null, not null) => $"a fresh classifier of {ours.shape[0]} classes",
            (not null, null) => "without its classifier",
            _ when WeightMatch.WithoutOnes(theirs.shape).Length != 2 || theirs.shape[0] == ours.shape[0] => null,
            _ => $"a fresh classifier of {ours.shape[0]} classes in place of its own of {theirs.shape[0]}",
        };
    }

    private static IReadOnlyDictionary<string, Tensor> WithoutWrappers(IReadOnlyDictionary<string, Tensor> tensors)
    {
        string[] names = [.. tensors.Keys];
        int length = 0;
        while (names is not [] && Wrappers.FirstOrDefault(wrapper => names.All(name => Continues(name, wrapper))) is string common)
            length += common.Length;
        return length == 0 ? tensors : tensors.ToDictionary(entry => entry.Key[length..], entry => entry.Value);

        bool Continues(string name, string wrapper) => string.CompareOrdinal(name, length, wrapper, 0, wrapper.Length) == 0;
    }

    private static bool IsCounter(string name) => name.EndsWith(CounterSuffix, StringComparison.Ordinal);

    private static string Shape(Tensor tensor) => string.Join(", ", tensor.shape);
}
