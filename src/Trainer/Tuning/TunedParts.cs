using ResNetMLNet.Backbones;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>Which parameters of a network move, and how fast: the later a stage, the faster.</summary>
internal sealed class TunedParts
{
    private static readonly string[] Stages = ["layer4", "layer3", "layer2", "layer1"];

    private readonly TunedNetwork network;
    private readonly BatchNormStatistics statistics;

    /// <summary>Marks what is trained and what is not.</summary>
    public TunedParts(TunedNetwork network, Tune tune, Recipe recipe)
    {
        this.network = network;
        statistics = recipe.BatchNorm;
        var groups = new Dictionary<(double Rate, bool Decays), List<Parameter>>();
        foreach ((string name, Parameter parameter) in network.named_parameters())
        {
            bool isHead = !name.StartsWith("backbone.", StringComparison.Ordinal);
            // How many stages come after; what stands before the first stage counts as one more.
            int distance = isHead ? 0 : Array.FindIndex(Stages,
                stage => name.StartsWith($"backbone.{stage}.", StringComparison.Ordinal)) is var i and >= 0 ? i : Stages.Length;
            parameter.requires_grad = isHead || tune != Tune.LastStage || distance == 0;
            if (!parameter.requires_grad) continue;
            double rate = isHead ? recipe.HeadRate : Math.Pow(recipe.StageDecay, distance);
            (double, bool) key = (rate, parameter.dim() > 1);
            if (!groups.TryGetValue(key, out List<Parameter>? group)) groups.Add(key, group = []);
            group.Add(parameter);
        }
        Groups = [.. groups.Where(group => group.Key.Rate > 0).Select(
            group => new ParameterGroup(group.Value, group.Key.Rate, group.Key.Decays))];
    }

    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>What moves.</summary>
    public IEnumerable<Parameter> Parameters => Groups.SelectMany(group => group.Parameters);

    /// <summary>Where it is to move.</summary>
    public IEnumerable<Tensor> Gradients => Parameters.Select(parameter => parameter.grad).OfType<Tensor>();

    /// <summary>The same, by the parameters' names.</summary>
    public Dictionary<string, Tensor> NamedGradients => network.named_parameters()
        .Where(entry => entry.parameter is { requires_grad: true, grad: not null }).ToDictionary(
            entry => entry.name, entry => entry.parameter.grad!);

    /// <summary>Frees the gradients, which take as much memory as the weights.</summary>
    public void ReleaseGradients()
    {
        using DisposeScope handles = NewDisposeScope();
        foreach (Parameter parameter in Parameters) parameter.grad = null;
    }

    /// <summary>Sets the network to train; batch norms of what does not move, or is to be left alone, keep their statistics.</summary>
    public void Train()
    {
        network.train();
        foreach (nn.Module module in network.modules())
        {
            if (module is BatchNorm2d norm && (statistics == BatchNormStatistics.Frozen || !norm.weight!.requires_grad)) norm.eval();
        }
    }
}

/// <summary>Parameters that move in the same way.</summary>
/// <param name="Parameters">The parameters.</param>
/// <param name="Rate">Their learning rate, in multiples of the last stage's.</param>
/// <param name="Decays">Whether they have weight decay: convolutions and the classifier do, norms and biases do not.</param>
internal sealed record ParameterGroup(IReadOnlyList<Parameter> Parameters, double Rate, bool Decays);
