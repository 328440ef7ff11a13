using System.Collections.Frozen;
using Quickenshtein;
using ResNetMLNet.Backbones.Attention;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.Backbones.Weights;
using static TorchSharp.torch;

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
    private static readonly BackboneSpec ResNeXt50 = ResNet50 with
    {
        Name = "resnext50_32x4d",
        Block = new Bottleneck { Cardinality = 32, BaseWidth = 4 }
    };
    private static readonly BackboneSpec Res2Net50 = ResNet50 with
    {
        Name = "res2net50_26w_4s",
        Block = new Res2Net { BaseWidth = 26, Scale = 4 }
    };
    private static readonly BackboneSpec Res2Net101 = Res2Net50 with { Name = "res2net101_26w_4s", Depths = ResNet101.Depths };
    private static readonly BackboneSpec ResNeSt50 = ResNet50 with { Block = new ResNeSt() };
    private static readonly BackboneSpec SEResNeXt50 = ResNet50 with
    {
        Name = "seresnext50_32x4d",
        Block = new Bottleneck { Cardinality = 32, BaseWidth = 4, Attention = new SqueezeExcite() },
    };
    private static readonly BackboneSpec SKResNet50 = ResNet50 with { Name = "skresnet50", Block = new SelectiveKernelBottleneck() };

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

        // ResNeXt: the 3x3 in groups (Xie et al. 2016, arXiv:1611.05431, table 1).
        ResNeXt50,
        D(ResNeXt50, "resnext50d_32x4d"),
        ResNet101 with { Name = "resnext101_32x4d", Block = new Bottleneck { Cardinality = 32, BaseWidth = 4 } },
        ResNet101 with { Name = "resnext101_32x8d", Block = new Bottleneck { Cardinality = 32, BaseWidth = 8 } },
        ResNet101 with { Name = "resnext101_64x4d", Block = new Bottleneck { Cardinality = 64, BaseWidth = 4 } },

        // Res2Net: width and scale (Gao et al. 2019, arXiv:1904.01169, tables 1 and 3).
        Res2Net50,
        ResNet50 with { Name = "res2net50_48w_2s", Block = new Res2Net { BaseWidth = 48, Scale = 2 } },
        ResNet50 with { Name = "res2net50_14w_8s", Block = new Res2Net { BaseWidth = 14, Scale = 8 } },
        ResNet50 with { Name = "res2net50_26w_6s", Block = new Res2Net { BaseWidth = 26, Scale = 6 } },
        ResNet50 with { Name = "res2net50_26w_8s", Block = new Res2Net { BaseWidth = 26, Scale = 8 } },
        Res2Net101,
        ResNet50 with { Name = "res2next50", Block = new Res2Net { BaseWidth = 4, Scale = 4, Cardinality = 8 } },
        D(Res2Net50, "res2net50d"),
        D(Res2Net101, "res2net101d"),

        // ResNeSt: split attention, on D (Zhang et al. 2020, arXiv:2004.08955, tables 2 and 3).
        D(ResNeSt50, "resnest14d") with { Depths = new(1, 1, 1, 1) },
        D(ResNeSt50, "resnest26d") with { Depths = new(2, 2, 2, 2) },
        D(ResNeSt50, "resnest50d"),
        E(ResNeSt50, "resnest101e") with { Depths = new(3, 4, 23, 3) },
        E(ResNeSt50, "resnest200e") with { Depths = new(3, 24, 36, 3) },
        E(ResNeSt50, "resnest269e") with { Depths = new(3, 30, 48, 8) },
        D(ResNeSt50, "resnest50d_4s2x40d") with { Block = new ResNeSt { Radix = 4, Cardinality = 2, BaseWidth = 40, PoolFirst = true } },
        D(ResNeSt50, "resnest50d_1s4x24d") with { Block = new ResNeSt { Radix = 1, Cardinality = 4, BaseWidth = 24, PoolFirst = true } },

        // SE: squeeze and excitation after each block (Hu et al. 2017, arXiv:1709.01507).
        ResNet18 with { Name = "seresnet18", Block = new Basic { Attention = new SqueezeExcite() } },
        ResNet34 with { Name = "seresnet34", Block = new Basic { Attention = new SqueezeExcite() } },
        ResNet50 with { Name = "seresnet50", Block = new Bottleneck { Attention = new SqueezeExcite() } },
        ResNet101 with { Name = "seresnet101", Block = new Bottleneck { Attention = new SqueezeExcite() } },
        ResNet152 with { Name = "seresnet152", Block = new Bottleneck { Attention = new SqueezeExcite() } },
        SEResNeXt50,
        SEResNeXt50 with { Name = "seresnext101_32x4d", Depths = ResNet101.Depths },
        ResNet101 with { Name = "seresnext101_32x8d",
            Block = new Bottleneck { Cardinality = 32, BaseWidth = 8, Attention = new SqueezeExcite() } },
        D(SEResNeXt50, "seresnext26d_32x4d") with { Depths = ResNet26.Depths },

        // SK: selective kernels (Li et al. 2019, arXiv:1903.06586).
        ResNet18 with { Name = "skresnet18", Block = new SelectiveKernelBasic() },
        ResNet34 with { Name = "skresnet34", Block = new SelectiveKernelBasic() },
        SKResNet50,
        D(SKResNet50, "skresnet50d"),
        ResNet50 with
        {
            Name = "skresnext50_32x4d",
            Block = new SelectiveKernelBottleneck { Cardinality = 32, BaseWidth = 4, Kernel = new() { SplitInput = false, Divisor = 32 } },
        },

        // The network whose ImageNet weights the package Microsoft.ML.DnnImageFeaturizer.ResNet18 carries: a third block in layer4, no
        // classifier.
        ResNet18 with { Name = "resnet18_mlnet", Depths = new(2, 2, 2, 3), Classes = 0, Input = MLNetResNet18.Input },
    ];

    private static readonly FrozenDictionary<string, BackboneSpec> ByName = All.ToFrozenDictionary(spec => spec.Name);

    /// <summary>The architecture of that name.</summary>
    /// <exception cref="UnknownBackboneException">There is none; the message offers the nearest name.</exception>
    public static BackboneSpec Find(string name) => ByName.TryGetValue(name, out BackboneSpec? spec)
        ? spec
        : throw new UnknownBackboneException(name, All.MinBy(known => Levenshtein.GetDistance(name, known.Name))!.Name);

    /// <summary>
    /// Makes the network of that name with the best public weights, or those asked for; <see cref="Backbone.WeightsOrigin"/> says which.
    /// </summary>
    /// <param name="name">A name of <see cref="All"/>.</param>
    /// <param name="weights">
    /// By default <see cref="InitialWeights.Best"/>; a text is a file or the name of <see cref="PretrainedWeights"/>. Public weights are
    /// downloaded unless they are in the cache, and bring their <see cref="BackboneSpec.Input"/>.
    /// </param>
    /// <param name="classes">
    /// Classes of the classifier, 0 for none. Where the weights have another number the classifier is fresh; without this they must fit.
    /// </param>
    /// <param name="device">Where the parameters live; by default the CPU.</param>
    /// <param name="progress">Reports the progress of a download, on a thread of the pool.</param>
    /// <param name="cancellationToken">Stops a download; what has come is kept, and the next one goes on from there.</param>
    /// <exception cref="UnknownBackboneException">There is no such network.</exception>
    /// <exception cref="ArgumentException">There are no such weights for it.</exception>
    /// <exception cref="WeightsUnavailableException">
    /// No weights are public, or they cannot be downloaded; the message says what to do.
    /// </exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or its weights do not fit.</exception>
    public static Backbone Create(
        string name, InitialWeights? weights = null, int? classes = null, Device? device = null,
        IProgress<DownloadProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        new NetworkRequest(Find(name), weights, classes, device).Create(progress, cancellationToken);

    /// <summary>
    /// Makes a network of one's own with weights: a variant of the catalog's, such as <c>Find("resnet50d") with { Classes = 5 }</c>, or one
    /// that the catalog lacks.
    /// </summary>
    /// <param name="spec">
    /// What to build. Its <see cref="BackboneSpec.Classes"/> stand: where the weights have another number the classifier is fresh. Its
    /// <see cref="BackboneSpec.Input"/> stands where it was changed; otherwise the weights bring theirs.
    /// </param>
    /// <param name="weights">
    /// By default <see cref="InitialWeights.Best"/>, which there are for a name of the catalog. A spec under a name of its own takes a
    /// file, any set of <see cref="PretrainedWeights"/> whose names and shapes it has, or <see cref="InitialWeights.Fresh"/>.
    /// </param>
    /// <param name="device">Where the parameters live; by default the CPU.</param>
    /// <param name="progress">Reports the progress of a download, on a thread of the pool.</param>
    /// <param name="cancellationToken">Stops a download; what has come is kept, and the next one goes on from there.</param>
    /// <exception cref="ArgumentException">The spec makes no sense, or there are no such weights for it.</exception>
    /// <exception cref="WeightsUnavailableException">
    /// No weights are public, or they cannot be downloaded; the message says what to do.
    /// </exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or its weights do not fit.</exception>
    public static Backbone Create(
        BackboneSpec spec, InitialWeights? weights = null, Device? device = null, IProgress<DownloadProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        new NetworkRequest(spec, weights, spec.Classes, device).Create(progress, cancellationToken);

    /// <inheritdoc cref="Create(string, InitialWeights?, int?, Device?, IProgress{DownloadProgress}?, CancellationToken)"/>
    public static Task<Backbone> CreateAsync(
        string name, InitialWeights? weights = null, int? classes = null, Device? device = null,
        IProgress<DownloadProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        new NetworkRequest(Find(name), weights, classes, device).CreateAsync(progress, cancellationToken);

    /// <inheritdoc cref="Create(BackboneSpec, InitialWeights?, Device?, IProgress{DownloadProgress}?, CancellationToken)"/>
    public static Task<Backbone> CreateAsync(
        BackboneSpec spec, InitialWeights? weights = null, Device? device = null, IProgress<DownloadProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        new NetworkRequest(spec, weights, spec.Classes, device).CreateAsync(progress, cancellationToken);

    /// <summary>The catalog's own spec of a name; null where the name is not the catalog's.</summary>
    internal static BackboneSpec? FindOrNull(string name) => ByName.GetValueOrDefault(name);

    private static BackboneSpec D(BackboneSpec spec, string name) =>
        spec with { Name = name, Stem = Stem.Deep(32), Shortcut = Shortcut.AveragePool };

    private static BackboneSpec E(BackboneSpec spec, string name) =>
        spec with { Name = name, Stem = Stem.Deep(64), Shortcut = Shortcut.AveragePool };

    private static BackboneSpec T(BackboneSpec spec, string name) =>
        spec with { Name = name, Stem = Stem.Tiered(32), Shortcut = Shortcut.AveragePool };
}
