using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>Finds the weights in what torch.save was given, and reads them.</summary>
internal static class StateDict
{
    // Where training scripts put the weights; those averaged over training first, since they are the ones whose accuracy is published (timm's order).
    private static readonly string[] Wrappers =
    [
        "state_dict_ema", "model_ema", "state_dict", "model_state_dict", "model_state", "model", "net", "network",
    ];

    private const int WrapperDepth = 3;

    /// <summary>Name to tensor, out of a state_dict, or of a checkpoint that has one under a known name, or under any as the one with the most tensors.</summary>
    /// <exception cref="FormatException">There is none, or it is not clear which; the message lists what is there.</exception>
    public static IReadOnlyDictionary<string, TensorReference> Find(object? saved)
    {
        if (saved is not PickleDictionary dictionary) throw new FormatException("it holds no dictionary of weights");
        Dictionary<string, object?> entries = dictionary.ByName();
        for (int depth = 0; depth < WrapperDepth && Wrappers.FirstOrDefault(name => entries.GetValueOrDefault(name) is PickleDictionary) is string wrapper; depth++)
            entries = ((PickleDictionary)entries[wrapper]!).ByName();

        Dictionary<string, TensorReference>[] candidates =
        [
            .. entries.Values.OfType<PickleDictionary>().Select(inner => inner.ByName()).Prepend(entries).Select(Tensors)
                .Where(tensors => tensors.Count > 0).OrderByDescending(tensors => tensors.Count),
        ];
        if (candidates is [] || (candidates.Length > 1 && candidates[0].Count == candidates[1].Count))
        {
            string names = string.Join(", ", entries.Keys.Take(20).Select(name => $"'{name}'"));
            throw new FormatException($"it holds {(candidates is [] ? "no state_dict" : "several state_dicts")}; its entries are {names}");
        }
        return candidates[0];
    }

    /// <summary>Reads the tensors. A storage is read once, however many tensors see it.</summary>
    /// <param name="references">What to read.</param>
    /// <param name="read">Reads a storage, as a tensor of one dimension.</param>
    public static Dictionary<string, Tensor> Read(IReadOnlyDictionary<string, TensorReference> references, Func<StorageReference, Tensor> read)
    {
        var storages = new Dictionary<string, (StorageReference Reference, Tensor Elements)>();
        var tensors = new Dictionary<string, Tensor>();
        try
        {
            foreach ((string name, TensorReference reference) in references)
            {
                StorageReference storage = reference.Storage;
                if (!storages.TryGetValue(storage.Key, out (StorageReference Reference, Tensor Elements) known))
                    storages.Add(storage.Key, known = (storage, read(storage)));
                if (known.Reference.Type != storage.Type || known.Reference.Count != storage.Count)
                    throw new FormatException($"storage '{storage.Key}' is described in two ways");
                tensors.Add(name, known.Elements.as_strided(reference.Shape, reference.Strides, reference.Offset));
            }
            return tensors;
        }
        catch
        {
            foreach (Tensor tensor in tensors.Values) tensor.Dispose();
            throw;
        }
        finally
        {
            foreach ((_, Tensor elements) in storages.Values) elements.Dispose();
        }
    }

    private static Dictionary<string, TensorReference> Tensors(Dictionary<string, object?> entries) => entries
        .Where(entry => entry.Value is TensorReference)
        .ToDictionary(entry => entry.Key, entry => (TensorReference)entry.Value!);
}
