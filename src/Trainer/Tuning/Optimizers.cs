using TorchSharp;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>A recipe's optimizer, and the learning rates of its groups.</summary>
internal sealed class Optimizers : IDisposable
{
    private readonly IReadOnlyList<ParameterGroup> groups;
    private readonly double learningRate;

    public Optimizers(Recipe recipe, IReadOnlyList<ParameterGroup> groups)
    {
        this.groups = groups;
        learningRate = recipe.LearningRate;
        MomentOptimizer.Group[] moved = [.. groups.Select(group =>
            new MomentOptimizer.Group(group.Parameters, learningRate * group.Rate, group.Decays ? recipe.WeightDecay : 0))];
        Optimizer = recipe.Optimizer switch
        {
            OptimizerKind.AdamW => new AdamW(moved),
            OptimizerKind.Lamb => new Lamb(moved),
            _ => new Sgd(moved, recipe.Momentum),
        };
    }

    public MomentOptimizer Optimizer { get; }

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
