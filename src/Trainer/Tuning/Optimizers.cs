using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>TorchSharp's optimizers for a recipe, and the learning rates of their groups.</summary>
internal sealed class Optimizers : IDisposable
{
    private readonly IReadOnlyList<ParameterGroup> groups;
    private readonly double learningRate;

    public Optimizers(Recipe recipe, IReadOnlyList<ParameterGroup> groups)
    {
        this.groups = groups;
        learningRate = recipe.LearningRate;
        double Decay(ParameterGroup group) => group.Decays ? recipe.WeightDecay : 0;
        double Rate(ParameterGroup group) => learningRate * group.Rate;
        Optimizer = recipe.Optimizer switch
        {
            OptimizerKind.AdamW => optim.AdamW([.. groups.Select(group => new AdamW.ParamGroup(group.Parameters, Rate(group), weight_decay: Decay(group)))]),
            OptimizerKind.Lamb => new Lamb([.. groups.Select(group => new Lamb.Group(group.Parameters, new Lamb.Options { LearningRate = Rate(group), InitialLearningRate = Rate(group), WeightDecay = Decay(group) }))]),
            _ => optim.SGD([.. groups.Select(group => new SGD.ParamGroup(group.Parameters, Rate(group), recipe.Momentum, weight_decay: Decay(group), nesterov: recipe.Momentum > 0))], learningRate),
        };
    }

    public OptimizerHelper Optimizer { get; }

    /// <summary>Sets the gradients to zero.</summary>
    public void ClearGradients()
    {
        // TorchSharp makes a handle to each on the way, and leaves it to the garbage collector.
        using DisposeScope handles = NewDisposeScope();
        Optimizer.zero_grad();
    }

    /// <summary>
    /// Moves the weights, and frees what TorchSharp has left to the garbage collector since: a handle for each number that a tensor was multiplied by.
    /// Such blocks are small, but lie between the large ones that a step frees and keep glibc from joining them, so that each step took more memory
    /// until the collector came by itself, after a hundred or more (benchmarks/Memory). No step runs here that could still use one.
    /// </summary>
    public void Step()
    {
        Optimizer.step();
        GC.Collect(1, GCCollectionMode.Forced, blocking: true);
        GC.WaitForPendingFinalizers();
    }

    /// <summary>Sets every group's learning rate.</summary>
    /// <param name="factor">Part of the highest rates.</param>
    public void SetRate(double factor)
    {
        foreach ((optim.ILearningRateController controller, ParameterGroup group) in Optimizer.ParamGroups.Zip(groups))
            controller.LearningRate = learningRate * group.Rate * factor;
    }

    public void Dispose() => Optimizer.Dispose();
}
