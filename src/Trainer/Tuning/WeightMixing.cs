using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Weights between those that training started with and the trained ones: less far from what the weights knew before, and as good on the
/// new images (WiSE-FT: Wortsman et al. 2021, arXiv:2109.01903, section 3). Batch norms have to be frozen: statistics between those of two
/// networks are not those of the network between.
/// </summary>
internal sealed class WeightMixing : IDisposable
{
    /// <summary>The part of the trained weights where the data have not chosen one: what the paper advises without knowing them.</summary>
    public const double UsualShare = 0.5;

    private readonly (Tensor Current, Tensor Start)[] pairs;

    // Of the network, while it has the weights between; none in the steps, which need the memory.
    private Tensor[] trained = [];

    /// <param name="network">The network, with the weights that training starts with.</param>
    public WeightMixing(nn.Module network)
    {
        Dictionary<string, Tensor> state = network.state_dict();
        Start = state.Where(entry => entry.Value.is_floating_point()).ToDictionary(entry => entry.Key, entry => Copy(entry.Value));
        pairs = [.. Start.Select(entry => (state[entry.Key], entry.Value))];
    }

    /// <summary>The weights that training started with, by the names of the state_dict.</summary>
    public IReadOnlyDictionary<string, Tensor> Start { get; }

    /// <summary>Gives the network weights between; further calls change their part.</summary>
    /// <param name="share">Part of the trained weights, 0 to 1.</param>
    public void Mix(double share)
    {
        using IDisposable noGradient = no_grad();
        if (trained.Length == 0) trained = [.. pairs.Select(pair => Copy(pair.Current))];
        else Restore();
        foreach ((Tensor current, Tensor start) in pairs) current.MultiplyInPlace(share).AddInPlace(start, 1 - share);
    }

    /// <summary>Gives it back the trained ones, bit for bit.</summary>
    public void Undo()
    {
        using IDisposable noGradient = no_grad();
        Restore();
        Forget();
    }

    public void Dispose()
    {
        foreach ((_, Tensor start) in pairs) start.Dispose();
        Forget();
    }

    private void Restore()
    {
        foreach (((Tensor current, _), Tensor kept) in pairs.Zip(trained)) current.copy_(kept);
    }

    private void Forget()
    {
        foreach (Tensor tensor in trained) tensor.Dispose();
        trained = [];
    }

    private static Tensor Copy(Tensor tensor) => tensor.detach().clone().DetachFromDisposeScope();
}
