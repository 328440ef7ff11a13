using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>
/// The exponential moving average of a network's weights and batch norm statistics (Polyak and Juditsky 1992, in the form of Szegedy et al.
/// 2015, arXiv:1512.00567, section 8). The first updates count more, so that it does not start with what the network started with.
/// </summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly double decay;
    private readonly (Tensor Current, Tensor Average)[] pairs;

    public WeightAverage(nn.Module network, double decay)
    {
        this.decay = decay;
        Dictionary<string, Tensor> state = network.state_dict();
        Tensors = state.ToDictionary(entry => entry.Key, entry => entry.Value.detach().clone().DetachFromDisposeScope());
        pairs = [.. state.Select(entry => (entry.Value, Tensors[entry.Key]))];
    }

    /// <summary>The average, by the names of the state_dict.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors { get; }

    /// <summary>Takes the weights as they are now into the average.</summary>
    /// <param name="update">Which step of the optimizer it was, counted from 0.</param>
    public void Update(int update)
    {
        using IDisposable noGradient = no_grad();
        double now = Math.Min(decay, (1.0 + update) / (10.0 + update));
        foreach ((Tensor current, Tensor average) in pairs)
        {
            if (average.is_floating_point()) average.MultiplyInPlace(now).AddInPlace(current, 1 - now);
            else average.copy_(current);
        }
    }

    /// <summary>Exchanges the network's weights and the average; a second call exchanges them back.</summary>
    public void Swap()
    {
        using IDisposable noGradient = no_grad();
        foreach ((Tensor current, Tensor average) in pairs)
        {
            using Tensor copy = current.detach().clone();
            current.copy_(average);
            average.copy_(copy);
        }
    }

    public void Dispose()
    {
        foreach (Tensor tensor in Tensors.Values) tensor.Dispose();
    }
}
