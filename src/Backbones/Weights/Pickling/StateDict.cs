using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// A dictionary of tensors in what torch.save was given, not read yet; the members are those of <see cref="StoredWeights"/>.
/// </summary>
internal sealed record StateDict(
    string Place, IReadOnlyDictionary<string, TensorReference> Tensors, IReadOnlyDictionary<string, string> Foreign)
{
    // A network with its average, or a student with its teacher, each maybe twice.
    private const int CountLimit = 4;

    // A file of small tensors that share their elements may be written out a little larger than it is.
    private const long FreeBytes = 16 << 20;
    private const int SharedLimit = 4;

    /// <summary>
    /// The dictionaries that can be a network's weights, the likeliest first: those with the most names of the family's networks, or where
    /// no name is of the family the one with the most tensors.
    /// </summary>
    /// <exception cref="FormatException">There are none, or two that cannot be told apart; the message lists what is there.</exception>
    public static IReadOnlyList<StateDict> Find(object? saved)
    {
        if (saved is not (PickleDictionary or List<object?> or object?[])) throw new FormatException(DescribeOther(saved));
        Candidate[] found =
        [
            .. PickleWalk.Dictionaries(saved).Select(Candidate.Of).Where(candidate => candidate.Tensors > 0)
                .OrderByDescending(candidate => candidate.FamilyNames).ThenByDescending(
                    candidate => candidate.FamilyNames > 0 ? 0 : candidate.Tensors)
                .ThenBy(candidate => candidate.Preference),
        ];
        if (found is []) throw new FormatException(DescribeEntries(saved));
        if (found is [Candidate first, Candidate second, ..] && first.EqualsInRank(second))
        {
            throw new FormatException(
                $"it holds several state_dicts, '{DisplayText.Of(first.Node.Place)}' and '{DisplayText.Of(second.Node.Place)}'; save the " +
                $"one that is meant on its own");
        }
        int count = found[0].FamilyNames == 0 ? 1 : Math.Min(CountLimit, found.Count(candidate => candidate.FamilyNames > 0));
        return [.. found.Take(count).Select(candidate => Of(candidate.Node))];
    }

    /// <summary>Reads the tensors. A storage is read once, however many tensors see it.</summary>
    /// <param name="references">What to read.</param>
    /// <param name="fileLength">Bytes of the file, which bounds what its tensors may take.</param>
    /// <param name="read">Reads a storage, as a tensor of one dimension.</param>
    public static IReadOnlyList<StoredWeights> Read(
        IReadOnlyList<StateDict> references, long fileLength, Func<StorageReference, Tensor> read)
    {
        foreach (StateDict reference in references) reference.CheckSize(fileLength);
        var storages = new Dictionary<string, Tensor>();
        var stored = new List<StoredWeights>();
        try
        {
            foreach ((string place, IReadOnlyDictionary<string, TensorReference> tensors, IReadOnlyDictionary<string,
                string> foreign) in references)
            {
                stored.Add(new StoredWeights(place, TensorCollection.Of(collection =>
                {
                    foreach ((string name, TensorReference tensor) in tensors) collection.Add(name, () => View(tensor));
                }), foreign));
            }
            return stored;
        }
        catch
        {
            foreach (Tensor tensor in stored.SelectMany(weights => weights.Tensors.Values)) tensor.Dispose();
            throw;
        }
        finally
        {
            foreach (Tensor elements in storages.Values) elements.Dispose();
        }

        Tensor View(TensorReference tensor)
        {
            if (!storages.TryGetValue(tensor.Storage.Key, out Tensor? elements))
                storages.Add(tensor.Storage.Key, elements = read(tensor.Storage));
            return elements.as_strided(tensor.Shape, tensor.Strides, tensor.Offset);
        }
    }

    private static StateDict Of(PickleNode node)
    {
        var tensors = new Dictionary<string, TensorReference>();
        var foreign = new Dictionary<string, string>();
        // Of equal keys the last, as in Python.
        foreach ((string name, object? value) in ((PickleDictionary)node.Value).Named())
        {
            tensors.Remove(name);
            foreign.Remove(name);
            if (value is TensorReference tensor) tensors[name] = tensor;
            else if (value is PickleInert { Global.IsHarmless: false } inert) foreign[name] = inert.Global.Name;
            if (value is not (TensorReference or PickleInert)) continue;
            TensorCollection.CheckName(name);
            TensorCollection.CheckCount(tensors.Count + foreign.Count);
        }
        return new StateDict(node.Place, tensors, foreign);
    }

    /// <summary>
    /// Tensors that share elements, or see one many times, would let a small file become any amount of memory where they are written out.
    /// </summary>
    private void CheckSize(long fileLength)
    {
        Int128 bytes = 0;
        foreach (TensorReference tensor in Tensors.Values) bytes += tensor.Bytes;
        if (bytes > FreeBytes + (Int128)SharedLimit * fileLength)
            throw new FormatException($"its tensors take {bytes} bytes, and the file has {fileLength} in all");
    }

    private static string DescribeOther(object? saved) => saved switch
    {
        TensorReference tensor =>
            $"it holds one tensor of shape [{string.Join(", ", tensor.Shape)}], not the weights of a network; save model.state_dict() " +
            $"with torch.save",
        PickleInert { IsModule: true } module =>
            $"it holds a whole module, '{DisplayText.Of(module.Global.Name)}', which only the program that saved it can read; " +
            "load it there and save model.state_dict() with torch.save",
        PickleInert inert => $"it holds an object of type '{DisplayText.Of(inert.Global.Name)}', which weights do not need; nothing was " +
            $"executed",
        PickleGlobal global => $"it holds the type '{DisplayText.Of(global.Name)}', and no weights",
        _ => "it holds no dictionary of weights",
    };

    private static string DescribeEntries(object? saved)
    {
        if (saved is not PickleDictionary dictionary) return "it holds no state_dict";
        foreach ((string name, object? value) in dictionary.Named())
        {
            if (value is not PickleInert { IsModule: true } module) continue;
            return $"its entry '{DisplayText.Of(name)}' is a whole module, '{DisplayText.Of(module.Global.Name)}', which only the " +
                $"program that saved it can read; " +
                "load it there and save model.state_dict() with torch.save";
        }
        return $"it holds no state_dict; its entries are {DisplayText.List(dictionary.Named().Select(entry => entry.Key))}";
    }

    /// <summary>A dictionary that may be the one.</summary>
    private sealed record Candidate(PickleNode Node, int Tensors, int FamilyNames, int Preference)
    {
        public static Candidate Of(PickleNode node)
        {
            int tensors = 0;
            foreach ((_, object? value) in ((PickleDictionary)node.Value).Named()) tensors += value is TensorReference ? 1 : 0;
            if (tensors == 0) return new Candidate(node, 0, 0, 0);
            NamePrefix prefix = NamePrefix.OfFamily(
                ((PickleDictionary)node.Value).Named().Where(entry => entry.Value is TensorReference).Select(entry => entry.Key));
            return new Candidate(node, tensors, prefix.Named, NamePreference.Of(node.Place));
        }

        public bool EqualsInRank(Candidate other) =>
            (FamilyNames, FamilyNames > 0 ? 0 : Tensors, Preference) == (other.FamilyNames, other.FamilyNames > 0 ? 0 : other.Tensors,
                other.Preference);
    }
}
