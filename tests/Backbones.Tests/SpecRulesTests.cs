using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Attention;
using ResNetMLNet.Backbones.Blocks;
using TorchSharp;
using static TorchSharp.torch;

namespace Backbones.Tests;

/// <summary>A spec of a user's own makes a network that runs, or is refused in a sentence.</summary>
[TestClass]
public sealed class SpecRulesTests
{
    private static readonly BackboneSpec Small = new()
    {
        Name = "small",
        Block = new Basic(),
        Depths = new(1, 1, 1, 1),
        Planes = 8,
        Classes = 2
    };

    public static IEnumerable<(BackboneSpec, string)> Refused =>
    [
        (Small with { Stem = Stem.Tiered(3) }, "a convolution of 3 to 0 channels"),
        (Small with { Planes = 64, Block = new ResNeSt { Cardinality = 3, BaseWidth = 40 } }, "do not divide into"),
        (Small with { Planes = 9, Stem = Stem.Small(9), Block = new SelectiveKernelBasic() }, "9 channels to be split into 2 equal parts"),
        (Small with { Stem = new PlainStem(8) { Kernel = 4 } }, "a convolution of 4 x 4 pixels; choose an odd number"),
        (Small with { Block = new Basic { Attention = new SqueezeExcite { Reduction = 0 } } }, "an attention of 0 of 8 channels"),
        (Small with { Block = new SelectiveKernelBasic { Kernel = new() { Divisor = 0 } } },
            "an attention whose channels are a multiple of 0"),
        (Small with { Planes = int.MaxValue }, "2147483647 planes; the limit is 8192"),
        (Small with { Block = new Bottleneck { BaseWidth = int.MaxValue, Cardinality = 64 } }, "each must be 1 to 1048576"),
    ];

    [TestMethod]
    [DynamicData(nameof(Refused))]
    public void What_cannot_be_built_is_said(BackboneSpec spec, string problem)
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new Backbone(spec, META).Dispose());
        StringAssert.StartsWith(error.Message, "Backbone 'small' has ");
        StringAssert.Contains(error.Message, problem);
    }

    [TestMethod]
    public void Any_spec_runs_or_is_refused_in_a_sentence()
    {
        var random = new Random(1);
        int ran = 0, refused = 0;
        for (int i = 0; i < 120; i++)
        {
            BackboneSpec spec = Some(random);
            try
            {
                using DisposeScope scope = NewDisposeScope();
                using var backbone = new Backbone(spec);
                backbone.eval();
                Tensor output = backbone.call(rand(1, 3, 32, 32));
                CollectionAssert.AreEqual(new long[] { 1, spec.Classes == 0 ? spec.FeatureWidth : spec.Classes }, output.shape, $"{spec}");
                ran++;
            }
            catch (ArgumentException e)
            {
                StringAssert.StartsWith(e.Message, "Backbone 'random' has ", $"{spec}");
                refused++;
            }
        }
        Assert.IsGreaterThan(20, ran);
        Assert.IsGreaterThan(20, refused);
    }

    private static BackboneSpec Some(Random random)
    {
        T Any<T>(params T[] choices) => choices[random.Next(choices.Length)];
        ChannelAttention? Attention() =>
            random.Next(3) == 0 ? new SqueezeExcite { Reduction = Any(1.0 / 16, 0.5, 0.25, double.NaN) } : null;
        SelectiveKernel Kernel() => new() { SplitInput = Any(true, false), Reduction = Any(1.0 / 16, 1), Divisor = Any(8, 1, 3, 1, 8, 0) };
        int cardinality = random.Next(20) == 0 ? 0 : Any(1, 1, 2, 3), width = random.Next(20) == 0 ? -2 : Any(64, 26, 40, 4, 1);
        return new BackboneSpec
        {
            Name = "random",
            Planes = random.Next(20) == 0 ? 0 : Any(1, 2, 4, 8, 9, 16),
            Depths = new(1, Any(1, 2), 1, random.Next(20) == 0 ? 0 : 1),
            Classes = random.Next(20) == 0 ? -1 : Any(0, 2, 3),
            Shortcut = Any(Shortcut.Convolution, Shortcut.AveragePool),
            Stem = Any(Stem.Plain, Stem.Deep(Any(4, 5)), Stem.Tiered(Any(3, 4, 9)), Stem.Small(Any(1, 7)), Stem.SmallDeep(4),
                new PlainStem(8) { Kernel = Any(3, 4) }),
            Block = random.Next(6) switch
            {
                0 => new Basic { Attention = Attention() },
                1 => new Bottleneck
                {
                    Cardinality = cardinality,
                    BaseWidth = width,
                    Attention = Attention(),
                    Stride = Any(
                    StridePlace.First, StridePlace.Middle)
                },
                2 => new Res2Net { Cardinality = cardinality, BaseWidth = width, Scale = Any(4, 2, 3, 1), Attention = Attention() },
                3 => new ResNeSt { Cardinality = cardinality, BaseWidth = width, Radix = Any(2, 1, 3, 4), PoolFirst = Any(true, false) },
                4 => new SelectiveKernelBasic { Kernel = Kernel() },
                _ => new SelectiveKernelBottleneck { Cardinality = cardinality, BaseWidth = width, Kernel = Kernel() },
            },
        };
    }
}
