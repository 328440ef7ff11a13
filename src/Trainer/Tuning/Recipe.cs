using System.ComponentModel;
using System.Reflection;
using System.Text.Json.Serialization;
using ResNetMLNet.Backbones;

namespace ResNetMLNet.Trainer.Tuning;

/// <summary>
/// How a network is trained: plain data, read from JSON and from the command line, whose options have these properties' names.
/// The defaults are for pretrained weights and few images; benchmarks/Tuning has what was tried. <see cref="Recipes"/> has those for networks from scratch.
/// </summary>
internal sealed record Recipe
{
    [Description("Passes over the images to train on.")]
    public int Epochs { get; init; } = 8;

    [Description("Most images of a step.")]
    public int BatchSize { get; init; } = 32;

    [Description("Height and width while training, as a part of those that the network is used with, to the nearest multiple of 32 pixels (of 8 where the stem keeps the size): objects look larger in random crops (Touvron et al. 2019, arXiv:1906.06423).")]
    public double TrainScale { get; init; } = 0.714;

    [Description("What moves the weights: SGD, AdamW or LAMB.")]
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Sgd;

    [Description("Learning rate of the last stage, at its highest.")]
    public double LearningRate { get; init; } = 0.006;

    [Description("Learning rate of the classifier, in multiples of the last stage's.")]
    public double HeadRate { get; init; } = 1;

    [Description("Learning rate of each stage, in multiples of the next one's (discriminative rates: Howard and Ruder 2018, arXiv:1801.06146, section 3.2).")]
    public double StageDecay { get; init; } = 0.5;

    [Description("Momentum of SGD, Nesterov's; 0 for none.")]
    public double Momentum { get; init; } = 0.9;

    [Description("Weight decay; norms and biases have none (He et al. 2018, arXiv:1812.01187, section 3.1).")]
    public double WeightDecay { get; init; } = 1e-4;

    [Description("Epochs in which the learning rate goes up from 0, before it goes down to 0 as a cosine (Goyal et al. 2017, arXiv:1706.02677; Loshchilov and Hutter 2016, arXiv:1608.03983).")]
    public double WarmUpEpochs { get; init; } = 1;

    [Description("What is minimized: softmax cross-entropy, or binary cross-entropy of every class by itself (Wightman et al. 2021, arXiv:2110.00476).")]
    public LossKind Loss { get; init; } = LossKind.CrossEntropy;

    [Description("Part of the target that is spread over all classes (Szegedy et al. 2015, arXiv:1512.00567, section 7).")]
    public double LabelSmoothing { get; init; }

    [Description("Alpha of mixup, which blends two images and their labels; 0 for none (Zhang et al. 2017, arXiv:1710.09412).")]
    public double Mixup { get; init; }

    [Description("Alpha of CutMix, which pastes a piece of another image; 0 for none (Yun et al. 2019, arXiv:1905.04899).")]
    public double CutMix { get; init; }

    [Description("Whether images are cut at random, of random size and shape (Szegedy et al. 2014, arXiv:1409.4842); otherwise the middle is taken.")]
    public bool RandomCrop { get; init; } = true;

    [Description("The smallest part of an image's area that a random crop has. Below a third, images are stored larger, so that crops are not blurred: at 0.08 that takes ten times the memory.")]
    public double MinCrop { get; init; } = 0.35;

    [Description("Probability that an image is mirrored.")]
    public double Flip { get; init; } = 0.5;

    [Description("Strength of random changes of brightness, contrast and saturation; 0 for none.")]
    public double ColorJitter { get; init; }

    [Description("Random operations on images: none, RandAugment (Cubuk et al. 2019, arXiv:1909.13719) as torchvision has it, or with timm's increasing operations, each done half the time, or TrivialAugment (Mueller and Hutter 2021, arXiv:2103.10158).")]
    public AutoAugmentKind AutoAugment { get; init; }

    [Description("Magnitude of RandAugment's operations, 0 to 30.")]
    public int RandAugmentMagnitude { get; init; } = 9;

    [Description("Standard deviation of that magnitude from image to image; 0 for always the same.")]
    public double RandAugmentSpread { get; init; }

    [Description("Probability that a rectangle of an image is erased (Zhong et al. 2017, arXiv:1708.04896).")]
    public double RandomErasing { get; init; }

    [Description("Whether steps have images of different sizes, 0.75 to 1.25 times the size. Off by default: where all objects are about as large, it only hurts.")]
    public bool MultiScale { get; init; }

    [Description("Probability that the last block is left out for an image; earlier blocks have less (Huang et al. 2016, arXiv:1603.09382).")]
    public double StochasticDepth { get; init; }

    [Description("Decay of the weights' exponential moving average, which is then what is validated and kept, such as 0.999; 0 for none.")]
    public double AverageDecay { get; init; }

    [Description("Part that the trained weights have in those that are validated and kept; the rest are the weights that training started with; 1 for the trained ones alone (WiSE-FT: Wortsman et al. 2021, arXiv:2109.01903). Below 1 batch norms have to be frozen.")]
    public double WeightMixing { get; init; } = 0.5;

    [Description("Largest length of all gradients together; longer ones are shortened to it; 0 for no limit.")]
    public double ClipNorm { get; init; }

    [Description("Batches whose gradients are added up for one step.")]
    public int Accumulation { get; init; } = 1;

    [Description("Whether each block's last batch norm starts with scale 0 (Goyal et al. 2017, arXiv:1706.02677, section 5.1); with fresh weights only.")]
    public bool ZeroResidualNorms { get; init; }

    [Description("What batch norms use: their running statistics, frozen, or each batch's own, which update them.")]
    public BatchNormStatistics BatchNorm { get; init; } = BatchNormStatistics.Frozen;

    [Description("What convolutions compute in: full (32 bits), bfloat16 or half (16 bits); the latter two where the device gains by it.")]
    public Precision Precision { get; init; }

    [Description("Whether each class is seen equally often, whatever the number of its images.")]
    public bool Balanced { get; init; }

    [Description("Whether an image's mirror image is looked at too and both are averaged, when it is validated and in the exported file, at twice the cost.")]
    public bool MirrorAverage { get; init; }

    [Description("Epochs without a better validation after which training ends, and the best epoch is kept; 0 for never.")]
    public int Patience { get; init; }

    [Description("Whether the best epoch is kept, by its validation accuracy, rather than the last.")]
    public bool KeepBest { get; init; }

    /// <summary>Refuses what makes no sense.</summary>
    /// <exception cref="UserException">The message names the option, its value and the rule.</exception>
    public void Check()
    {
        Require(Epochs >= 1, nameof(Epochs), Epochs, "at least 1");
        Require(BatchSize >= 1, nameof(BatchSize), BatchSize, "at least 1");
        Require(BatchSize > 1 || BatchNorm == BatchNormStatistics.Frozen, nameof(BatchSize), BatchSize, "at least 2 with --batch-norm updated, since one image has no statistics");
        Require(TrainScale is >= 0.1 and <= 2, nameof(TrainScale), TrainScale, "0.1 to 2");
        Require(LearningRate is > 0 and < 100, nameof(LearningRate), LearningRate, "more than 0");
        Require(HeadRate is >= 0 and < 1e6, nameof(HeadRate), HeadRate, "0 or more");
        Require(StageDecay is > 0 and <= 1, nameof(StageDecay), StageDecay, "more than 0 and at most 1");
        Require(Momentum is >= 0 and < 1, nameof(Momentum), Momentum, "0 to below 1");
        Require(WeightDecay is >= 0 and < 1, nameof(WeightDecay), WeightDecay, "0 to below 1");
        Require(WarmUpEpochs >= 0 && WarmUpEpochs <= Epochs, nameof(WarmUpEpochs), WarmUpEpochs, $"0 to the number of epochs, {Epochs}");
        Require(LabelSmoothing is >= 0 and < 1, nameof(LabelSmoothing), LabelSmoothing, "0 to below 1");
        Require(Mixup is >= 0 and < 100, nameof(Mixup), Mixup, "0 or more");
        Require(CutMix is >= 0 and < 100, nameof(CutMix), CutMix, "0 or more");
        Require(MinCrop is > 0 and <= 1, nameof(MinCrop), MinCrop, "more than 0 and at most 1");
        Require(Flip is >= 0 and <= 1, nameof(Flip), Flip, "a probability, 0 to 1");
        Require(ColorJitter is >= 0 and <= 1, nameof(ColorJitter), ColorJitter, "0 to 1");
        Require(RandAugmentMagnitude is >= 0 and <= 30, nameof(RandAugmentMagnitude), RandAugmentMagnitude, "0 to 30");
        Require(RandAugmentSpread is >= 0 and <= 30, nameof(RandAugmentSpread), RandAugmentSpread, "0 to 30");
        Require(RandomErasing is >= 0 and <= 1, nameof(RandomErasing), RandomErasing, "a probability, 0 to 1");
        Require(StochasticDepth is >= 0 and < 1, nameof(StochasticDepth), StochasticDepth, "a probability, 0 to below 1");
        Require(AverageDecay is >= 0 and < 1, nameof(AverageDecay), AverageDecay, "0 to below 1");
        Require(WeightMixing is > 0 and <= 1, nameof(WeightMixing), WeightMixing, "more than 0 and at most 1");
        Require(WeightMixing == 1 || BatchNorm == BatchNormStatistics.Frozen, nameof(WeightMixing), WeightMixing, "1 with --batch-norm updated, since statistics between those of two networks are neither's");
        Require(ClipNorm is >= 0 and < 1e6, nameof(ClipNorm), ClipNorm, "0 or more");
        Require(Accumulation >= 1, nameof(Accumulation), Accumulation, "at least 1");
        Require(Patience >= 0, nameof(Patience), Patience, "0 or more");
    }

    /// <summary>Refuses numbers that cannot be written down: 1e999 is read as infinity.</summary>
    /// <exception cref="UserException">The message names the setting.</exception>
    public void RequireNumbers()
    {
        foreach (PropertyInfo setting in RecipeOptions.Settings)
        {
            if (setting.GetValue(this) is double value && !double.IsFinite(value)) Require(false, setting.Name, value, "a finite number");
        }
    }

    private static void Require(bool holds, string property, object value, string rule)
    {
        if (!holds) throw new UserException(FormattableString.Invariant($"{RecipeOptions.Name(property)} is {value}; it has to be {rule}."));
    }
}

/// <summary>What moves the weights.</summary>
internal enum OptimizerKind
{
    /// <summary>Stochastic gradient descent with Nesterov's momentum (Sutskever et al. 2013).</summary>
    Sgd,

    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2017, arXiv:1711.05101).</summary>
    [JsonStringEnumMemberName("adamw")]
    AdamW,

    /// <summary>AdamW with each tensor's step in proportion to its length (You et al. 2019, arXiv:1904.00962).</summary>
    Lamb,
}

/// <summary>What training minimizes.</summary>
internal enum LossKind
{
    CrossEntropy,
    BinaryCrossEntropy,
}

/// <summary>Random operations on the images.</summary>
internal enum AutoAugmentKind
{
    None,
    RandAugment,
    RandAugmentIncreasing,
    TrivialAugment,
}

/// <summary>Which statistics batch norms use while training.</summary>
internal enum BatchNormStatistics
{
    /// <summary>The running ones, which stay as they are: what few images would spoil.</summary>
    Frozen,

    /// <summary>Each batch's own, which the running ones follow.</summary>
    Updated,
}
