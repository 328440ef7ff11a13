using System.IO.Compression;
using ResNetMLNet.Backbones.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Backbones.Tests.Weights;

/// <summary>
/// Writes what torch.save writes of dictionaries, lists, texts, numbers and tensors, and of opcodes by hand (<see cref="PickleBuilder"/>'s)
/// among them.
/// </summary>
internal sealed class CheckpointBuilder
{
    private readonly PickleBuilder pickle = new();
    private readonly List<float[]> storages = [];

    private CheckpointBuilder()
    {
    }

    /// <summary>The zip file of PyTorch's format.</summary>
    /// <param name="saved">Dictionaries by text, lists, texts, whole numbers, tensors, null, or an action that writes opcodes.</param>
    /// <param name="compression">How its entries are compressed; PyTorch does not.</param>
    public static byte[] Zip(object? saved, CompressionLevel compression = CompressionLevel.NoCompression)
    {
        var builder = new CheckpointBuilder();
        builder.Add(saved);
        return PickleBuilder.Zip(compression,
        [
            ("x/data.pkl", builder.pickle.ToArray()),
            .. builder.storages.Select((storage, key) => ($"x/data/{key}", storage.SelectMany(BitConverter.GetBytes).ToArray())),
        ]);
    }

    /// <summary>The weights of <see cref="TinyNetwork"/>, each under another name.</summary>
    public static Dictionary<string, object?> Tiny(Func<string, string?>? rename = null)
    {
        using WeightSet weights = WeightsFile.Load(TinyNetwork.Checkpoint("tiny_resnet_d.safetensors"));
        return weights.Tensors.Select(
            entry => (Name: rename is null ? entry.Key : rename(entry.Key), Tensor: (object?)new Values(entry.Value)))
            .Where(entry => entry.Name is not null).ToDictionary(entry => entry.Name!, entry => entry.Tensor);
    }

    private void Add(object? value)
    {
        switch (value)
        {
            case null: pickle.Raw("N"); break;
            case Action<PickleBuilder> write: write(pickle); break;
            case string text: pickle.Text(text); break;
            case int number: pickle.Integer(number); break;
            case Values tensor: AddTensor(tensor); break;
            case Dictionary<string, object?> dictionary:
                pickle.Raw("}(");
                foreach ((string key, object? item) in dictionary)
                {
                    pickle.Text(key);
                    Add(item);
                }
                pickle.Raw("u");
                break;
            case object?[] list:
                pickle.Raw("](");
                foreach (object? item in list) Add(item);
                pickle.Raw("e");
                break;
            default: throw new ArgumentException($"A {value.GetType()} cannot be pickled.");
        }
    }

    private void AddTensor(Values tensor)
    {
        pickle.Tensor(tensor.Elements.Length, 0, tensor.Shape, tensor.Strides ?? Dense(tensor.Shape), key: $"{storages.Count}");
        storages.Add(tensor.Elements);
    }

    private static long[] Dense(long[] shape) =>
        [.. shape.Select((_, i) => shape[(i + 1)..].Aggregate(1L, (product, dimension) => product * dimension))];

    /// <summary>A tensor of floats.</summary>
    public sealed record Values(float[] Elements, long[] Shape, long[]? Strides = null)
    {
        public Values(Tensor tensor) : this([], tensor.shape)
        {
            using DisposeScope scope = NewDisposeScope();
            Elements = tensor.to(ScalarType.Float32).contiguous().data<float>().ToArray();
        }
    }
}
