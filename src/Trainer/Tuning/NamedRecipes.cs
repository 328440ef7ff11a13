using ResNetMLNet.Backbones;

namespace ResNetMLNet.Trainer;

/// <summary>The recipes that have names.</summary>
public sealed partial record Recipe
{
    /// <summary>For a few hundred to some thousand images and pretrained weights: benchmarks/Tuning has what was tried.</summary>
    public static Recipe FineTune { get; } = new();

    /// <summary>
    /// For networks from scratch: "Bag of tricks" (He et al. 2018, arXiv:1812.01187). Otherwise than there: colours change in brightness,
    /// contrast and saturation, not in hue, and get no PCA noise (section 2.1); nothing is distilled (section 5.3); convolutions compute in
    /// 16 bits (section 3.2) where <see cref="TrainPrecision"/> says so, and then in bfloat16.
    /// </summary>
    public static Recipe BagOfTricks { get; } = new()
    {
        Epochs = 200, // with mixup, rather than the 120 without: section 5.4
        TrainScale = 1,
        MinCrop = 0.08, // section 2.1
        BatchNorm = BatchNormStatistics.Updated,
        BatchSize = 256, // section 2.1
        LearningRate = 0.1, // section 3.1, for a batch of 256
        StageDecay = 1,
        WarmUpEpochs = 5, // section 3.1
        WeightDecay = 1e-4, // section 2.1
        LabelSmoothing = 0.1, // section 5.2
        Mixup = 0.2, // section 5.4
        ColorJitter = 0.4, // section 2.1
        ZeroResidualNorms = true, // section 3.1
        WeightMixing = 1,
    };

    /// <summary>
    /// The shortest recipe of "ResNet strikes back" (Wightman et al. 2021, arXiv:2110.00476, table 2, A3), with timm's choices where the
    /// paper leaves them open. Otherwise than there: operations of RandAugment move pixels as torchvision does, and not by a random filter
    /// onto the mean colour; images are validated at the backbone's own crop fraction and not at 0.95; convolutions compute in 16 bits
    /// where <see cref="TrainPrecision"/> says so.
    /// </summary>
    public static Recipe A3 { get; } = new()
    {
        Epochs = 100,
        MinCrop = 0.08,
        BatchNorm = BatchNormStatistics.Updated,
        BatchSize = 256,
        Accumulation = 8, // a batch of 2048
        TrainScale = 0.714, // 160 of 224 pixels
        Optimizer = OptimizerKind.Lamb,
        ClipNorm = 1, // inside timm's LAMB: max_grad_norm of timm/optim/lamb.py
        LearningRate = 8e-3,
        StageDecay = 1,
        WeightDecay = 0.02,
        WarmUpEpochs = 5,
        Loss = LossKind.BinaryCrossEntropy, // both classes of a blended image are present: section 3
        Mixup = 0.1,
        CutMix = 1,
        AutoAugment = AutoAugmentKind.RandAugmentIncreasing, // timm's rand-m6-mstd0.5-inc1
        RandAugmentMagnitude = 6 * 3, // 6 of 10, spread by 0.5
        RandAugmentSpread = 0.5 * 3,
        WeightMixing = 1,
    };

    /// <summary>The recipes by the names that the command has for them.</summary>
    public static IReadOnlyDictionary<string, Recipe> Named { get; } = new Dictionary<string, Recipe>
    {
        ["finetune"] = FineTune,
        ["bag-of-tricks"] = BagOfTricks,
        ["a3"] = A3,
    };

    /// <summary>The recipe where none is named.</summary>
    public static Recipe For(Tune tune) => tune == Tune.Scratch ? BagOfTricks : FineTune;

    /// <summary>The recipe of a training on any number of labels where none is named: without smoothing, which moves all their probabilities.</summary>
    public static Recipe ForMultiLabel(Tune tune) => For(tune) with { LabelSmoothing = 0 };

    /// <summary>The recipe of a regression where none is named: numbers have no classes to smooth over.</summary>
    public static Recipe ForRegression(Tune tune) => For(tune) with { LabelSmoothing = 0 };
}
