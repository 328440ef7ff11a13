using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.Backbones.Operators;
using ResNetMLNet.Trainer;
using TorchSharp.Modules;

namespace ImageRecipes;

/// <summary>A block of your own, in the manner of RepVGG (Ding et al. 2021, arXiv:2101.03697): it trains, exports and is counted like any other.</summary>
internal static class CustomBlock
{
    public static string Run(string folder)
    {
        var spec = new BackboneSpec
        {
            Name = "branches",
            Block = new BranchedBlock(),
            Depths = new(1, 1, 1, 1),
            Planes = 32,
            Input = new InputSpec { ImageSize = 64 },
        };
        // From fresh weights, and a few photos at that: it is to run, not to know flowers.
        Recipe recipe = Recipe.FineTune with { Epochs = 3, BatchNorm = BatchNormStatistics.Updated, WeightMixing = 1 };
        var options = new TrainingOptions { Spec = spec, Tune = Tune.Scratch, Recipe = recipe };
        using TrainingRun run = BackboneTrainer.Train(ImageDataSet.FromFolder(folder), options);
        return $"Accuracy: {run.Report.Accuracy:F3}";
    }
}

/// <summary>A 3x3 and a 1x1 convolution beside each other, and the shortcut.</summary>
internal sealed record BranchedBlock : Block
{
    public override int Expansion => 1;

    protected override Layer Create(BlockPlace place, Layer shortcut, LayerFactory make) => new BranchedLayer(place, shortcut, make);
}

/// <summary>[N, InChannels, H, W] -> [N, Planes, H/Stride, W/Stride].</summary>
internal sealed class BranchedLayer : Layer
{
    private readonly Conv2d conv1, conv2;
    private readonly BatchNorm2d bn1, bn2;
    private readonly Layer downsample;

    public BranchedLayer(BlockPlace place, Layer shortcut, LayerFactory make)
    {
        conv1 = make.Conv(place.InChannels, place.Planes, kernel: 3, place.Stride);
        bn1 = make.BatchNorm(place.Planes);
        conv2 = make.Conv(place.InChannels, place.Planes, kernel: 1, place.Stride);
        bn2 = make.BatchNorm(place.Planes);
        downsample = shortcut;
        RegisterComponents();
    }

    public override T Dataflow<T>(IOperators<T> op, T x)
    {
        T branches = op.Add(op.BatchNorm(op.Conv(x, conv1), bn1), op.BatchNorm(op.Conv(x, conv2), bn2));
        return op.Relu(op.Residual(branches, op.Run(downsample, x)));
    }
}
