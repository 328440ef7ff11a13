using System.Collections.Frozen;
using Quickenshtein;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.Backbones.Weights;

namespace ResNetMLNet.Backbones;

/// <summary>Which architectures there are: one line each.</summary>
public static class BackboneRegistry
{
    private static readonly BackboneSpec ResNet18 = new() { Name = "resnet18", Block = new Basic(), Depths = new(2, 2, 2, 2) };
    private static readonly BackboneSpec ResNet34 = ResNet18 with { Name = "resnet34", Depths = new(3, 4, 6, 3) };
    private static readonly BackboneSpec ResNet26 = new() { Name = "resnet26", Block = new Bottleneck(), Depths = new(2, 2, 2, 2) };
    private static readonly BackboneSpec ResNet50 = ResNet26 with { Name = "resnet50", Depths = new(3, 4, 6, 3) };
    private static readonly BackboneSpec ResNet101 = ResNet50 with { Name = "resnet101", Depths = new(3, 4, 23, 3) };
    private static readonly BackboneSpec ResNet152 = ResNet50 with { Name = "resnet152", Depths = new(3, 8, 36, 3) };

    /// <summary>Every architecture, the smaller of a family first.</summary>
    public static IReadOnlyList<BackboneSpec> All { get; } =
    [
        // The original depths (He et al. 2015, arXiv:1512.03385, table 1), bottlenecks as in ResNet-B.
        ResNet18,
        ResNet34,
        ResNet26,
        ResNet50,
        ResNet101,
        ResNet152,

        // A, the original stride; C, the deep stem; D, deep stem and average pool (He et al. 2018, arXiv:1812.01187).
        ResNet50 with { Name = "resnet50a", Block = new Bottleneck { Stride = StridePlace.First } },
        ResNet50 with { Name = "resnet50c", Stem = Stem.Deep(32) },
        ResNet101 with { Name = "resnet101c", Stem = Stem.Deep(32) },
        D(ResNet18, "resnet18d"),
        D(ResNet34, "resnet34d"),
        D(ResNet26, "resnet26d"),
        D(ResNet50, "resnet50d"),
        D(ResNet101, "resnet101d"),
        D(ResNet152, "resnet152d"),
        D(ResNet50, "resnet200d") with { Depths = new(3, 24, 36, 3) },

        // timm's s (a stem twice as wide, no D) and t (a tiered stem, D).
        ResNet50 with { Name = "resnet50s", Stem = Stem.Deep(64) },
        T(ResNet18, "resnet10t") with { Depths = new(1, 1, 1, 1) },
        T(ResNet26, "resnet14t") with { Depths = new(1, 1, 1, 1) },
        T(ResNet26, "resnet26t"),
        T(ResNet50, "resnet50t"),

        // Twice the width inside the bottleneck (Zagoruyko and Komodakis 2016, arXiv:1605.07146).
        ResNet50 with { Name = "wide_resnet50_2", Block = new Bottleneck { BaseWidth = 128 } },
        ResNet101 with { Name = "wide_resnet101_2", Block = new Bottleneck { BaseWidth = 128 } },

        // The network whose ImageNet weights the package Microsoft.ML.DnnImageFeaturizer.ResNet18 carries: a third block in layer4, no classifier.
        ResNet18 with { Name = "resnet18_mlnet", Depths = new(2, 2, 2, 3), Classes = 0, Input = MLNetResNet18.Input },
    ];

    private static readonly FrozenDictionary<string, BackboneSpec> ByName = All.ToFrozenDictionary(spec => spec.Name);

    /// <summary>The architecture of that name.</summary>
    /// <exception cref="ArgumentException">There is none; the message offers the nearest name.</exception>
    public static BackboneSpec Find(string name) => ByName.TryGetValue(name, out BackboneSpec? spec)
        ? spec
        : throw new ArgumentException(
            $"Unknown backbone '{name}'. Did you mean '{All.MinBy(known => Levenshtein.GetDistance(name, known.Name))!.Name}'? " +
            $"`resnet-mlnet models` lists all {All.Count}.");

    /// <summary>
    /// Makes the network of that name, with pretrained weights or those of a file, else those that a package brings, else fresh ones;
    /// <see cref="Backbone.WeightsOrigin"/> says which.
    /// </summary>
    /// <param name="name">A name of <see cref="All"/>.</param>
    /// <param name="weights">
    /// A file that <see cref="WeightsFile"/> reads, or the name of <see cref="PretrainedWeights"/> for this network, which are downloaded
    /// unless they are in the cache, and bring their <see cref="BackboneSpec.Input"/>.
    /// </param>
    /// <param name="classes">
    /// Classes of the classifier, 0 for none. Where the weights have another number the classifier is fresh; without this they must fit.
    /// </param>
    /// <exception cref="ArgumentException">There is no such network, or there are no such weights for it.</exception>
    /// <exception cref="IOException">The weights cannot be downloaded.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or its weights do not fit.</exception>
    public static Backbone Create(string name, string? weights = null, int? classes = null)
    {
        BackboneSpec spec = Find(name);
        PretrainedWeights? pretrained = weights is null ? null : PretrainedWeights.Resolve(weights, spec);
        if (pretrained is not null) spec = spec with { Classes = pretrained.Classes, Input = pretrained.Input };
        using WeightSet? set = pretrained is not null ? pretrained.Load()
            : weights is not null ? WeightsFile.Load(weights)
            : PackagedWeights.Load(spec);
        var backbone = new Backbone(spec with { Classes = classes ?? spec.Classes });
        if (set is not null) backbone.LoadWeights(set, new WeightLoadingOptions { ReplaceClassifier = classes is not null });
        return backbone;
    }

    private static BackboneSpec D(BackboneSpec spec, string name) =>
        spec with { Name = name, Stem = Stem.Deep(32), Shortcut = Shortcut.AveragePool };

    private static BackboneSpec T(BackboneSpec spec, string name) =>
        spec with { Name = name, Stem = Stem.Tiered(32), Shortcut = Shortcut.AveragePool };
}
