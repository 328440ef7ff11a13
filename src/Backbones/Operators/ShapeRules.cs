using ResNetMLNet.Backbones.Blocks;
using TorchSharp.Modules;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>
/// Follows the shapes through a network and refuses what does not fit, in words, where torch would end in a native error; and ReLUs that
/// would overwrite what somebody else uses: T is a shape.
/// </summary>
internal sealed class ShapeRules(BackboneSpec spec) : IOperators<CheckedMap>
{
    private const string Choices = "choose other planes, widths or parts", Between = "put a convolution or batch norm between";

    private int stages;

    /// <exception cref="ArgumentException">Something does not fit; the message names the network and what.</exception>
    public void Check(Backbone network) => network.Run(this, new CheckedMap(new FeatureMap(3, spec.OutputStride, spec.OutputStride)));

    public CheckedMap Run(Layer layer, CheckedMap x)
    {
        if (layer is Identity) return x;
        FeatureMap input = Used(x);
        CheckedMap y = layer.Dataflow(this, new CheckedMap(input, "a layer's input"));
        if (layer is Stage) CheckStage(input, y.Map);
        return y;
    }

    public CheckedMap Conv(CheckedMap x, Conv2d conv)
    {
        FeatureMap map = Used(x);
        Require(map.Channels == conv.in_channels, $"a convolution of {conv.in_channels} channels that gets {map.Channels}");
        return new CheckedMap(ConvolutionGeometry.Of(conv).Output(map));
    }

    public CheckedMap BatchNorm(CheckedMap x, BatchNorm2d norm)
    {
        FeatureMap map = Used(x);
        Require(map.Channels == norm.num_features, $"a batch norm of {norm.num_features} channels that gets {map.Channels}");
        return new CheckedMap(map);
    }

    public CheckedMap Relu(CheckedMap x)
    {
        Require(x.Kept is null, $"a ReLU of {x.Kept}, which it would overwrite", Between);
        Require(!x.IsUsed, $"a ReLU of a value that is used elsewhere too, which it would overwrite ({Text(x.Map)})", Between);
        FeatureMap map = Used(x);
        x.IsOverwritten = true;
        return new CheckedMap(map, "another ReLU's output");
    }

    public CheckedMap Sigmoid(CheckedMap x) => new(Used(x), "a sigmoid's output");

    public CheckedMap Add(CheckedMap x, CheckedMap y)
    {
        (FeatureMap first, FeatureMap second) = (Used(x), Used(y));
        Require(first == second, $"a sum of {Text(first)} and {Text(second)}");
        return new CheckedMap(first);
    }

    public CheckedMap Multiply(CheckedMap x, CheckedMap gate)
    {
        (FeatureMap map, FeatureMap weights) = (Used(x), Used(gate));
        Require(weights == map with { Height = 1, Width = 1 }, $"{Text(map)} weighed by {Text(weights)}, where a gate has one value a channel");
        return new CheckedMap(map);
    }

    public IReadOnlyList<CheckedMap> Split(CheckedMap x, int parts)
    {
        FeatureMap map = Used(x);
        Require(parts >= 1 && map.Channels % parts == 0, $"{map.Channels} channels to be split into {parts} equal parts");
        return [.. Enumerable.Range(0, parts).Select(_ => new CheckedMap(map with { Channels = map.Channels / parts }, "a part of a split"))];
    }

    public CheckedMap Concat(IReadOnlyList<CheckedMap> parts)
    {
        FeatureMap[] maps = [.. parts.Select(Used)];
        Require(maps.All(map => (map.Height, map.Width) == (maps[0].Height, maps[0].Width)), $"maps to be joined of {string.Join(" and ", maps.Select(Text))}");
        return new CheckedMap(maps[0] with { Channels = maps.Sum(map => map.Channels) });
    }

    public IReadOnlyList<CheckedMap> SoftmaxAcross(IReadOnlyList<CheckedMap> values) =>
        [.. values.Select(value => new CheckedMap(Used(value), "a softmax's output"))];

    public CheckedMap MaxPool(CheckedMap x, Pooling pool) => Pool(x, pool);

    public CheckedMap AveragePool(CheckedMap x, Pooling pool) => Pool(x, pool);

    public CheckedMap SpatialMean(CheckedMap x) => new(Used(x) with { Height = 1, Width = 1 });

    public CheckedMap GlobalAveragePool(CheckedMap x) => SpatialMean(x);

    public CheckedMap Linear(CheckedMap x, Linear linear)
    {
        FeatureMap map = Used(x);
        Require(map.Channels == linear.in_features, $"a classifier of {linear.in_features} features that gets {map.Channels}");
        return new CheckedMap(map with { Channels = (int)linear.out_features });
    }

    private void CheckStage(FeatureMap input, FeatureMap output)
    {
        int stride = BackboneSpec.StageStrides[stages];
        var expected = new FeatureMap((spec.Planes << stages) * spec.Block.Expansion, input.Height / stride, input.Width / stride);
        stages++;
        Require(output == expected, $"blocks whose stage {stages} gives {Text(output)} in place of {Text(expected)}",
            $"the block's {nameof(Block.Expansion)} and the strides of its convolutions have to agree with what it gives");
    }

    private CheckedMap Pool(CheckedMap x, Pooling pool) => pool.IsIdentity ? x : new CheckedMap(Used(x).Pooled(pool));

    private FeatureMap Used(CheckedMap x)
    {
        Require(!x.IsOverwritten, $"a value that is used after a ReLU has overwritten it ({Text(x.Map)})", "use the ReLU's output");
        x.IsUsed = true;
        return x.Map;
    }

    private static string Text(FeatureMap map) => $"[{map.Channels}, {map.Height}, {map.Width}]";

    private void Require(bool holds, string problem, string advice = Choices) => SpecRules.Require(holds, spec.Name, $"{problem}; {advice}");
}

/// <summary>A value of a network, of which <see cref="ShapeRules"/> knows who else uses it.</summary>
/// <param name="map">Its shape.</param>
/// <param name="kept">What it is, where others or the backward pass use it and no ReLU may be written over it.</param>
internal sealed class CheckedMap(FeatureMap map, string? kept = null)
{
    public FeatureMap Map { get; } = map;

    public string? Kept { get; } = kept;

    public bool IsUsed { get; set; }

    public bool IsOverwritten { get; set; }
}
