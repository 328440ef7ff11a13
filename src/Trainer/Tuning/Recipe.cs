using System.ComponentModel;
using System.Reflection;
using System.Text.Json.Serialization;
using ResNetMLNet.Backbones;

namespace ResNetMLNet.Trainer;

/// <summary>
/// How a network is trained: plain data, also in JSON. The defaults are those of <see cref="FineTune"/>, for pretrained weights and few
/// images; benchmarks/Tuning has what was tried.
/// </summary>
public sealed partial record Recipe
{
    /// <summary>Passes over the images to train on.</summary>
    [Description("Passes over the images to train on.")]
    public int Epochs { get; init; } = 8;

    /// <summary>Most images of a step.</summary>
    [Description("Most images of a step.")]
    public int BatchSize { get; init; } = 32;

    /// <summary>Height and width while training, as a part of those that the network is used with, to the nearest multiple of 32 pixels (of
    /// 8 where the stem keeps the size): objects look larger in random crops (Touvron et al. 2019, arXiv:1906.06423).</summary>
    [Description("Height and width while training, as a part of those that the network is used with, "
        + "to the nearest multiple of 32 pixels (of 8 where the stem keeps the size): objects look larger in random crops (Touvron et al. 2019, arXiv:1906.06423).")]
    public double TrainScale { get; init; } = 0.714;

    /// <summary>What moves the weights: SGD, AdamW or LAMB.</summary>
    [Description("What moves the weights: SGD, AdamW or LAMB.")]
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Sgd;

    /// <summary>Learning rate of the last stage, at its highest.</summary>
    [Description("Learning rate of the last stage, at its highest.")]
    public double LearningRate { get; init; } = 0.006;

    /// <summary>Learning rate of the classifier, in multiples of the last stage's.</summary>
    [Description("Learning rate of the classifier, in multiples of the last stage's.")]
    public double HeadRate { get; init; } = 1;

    /// <summary>Learning rate of each stage, in multiples of the next one's (discriminative rates: Howard and Ruder 2018,
    /// arXiv:1801.06146, section 3.2).</summary>
    [Description("Learning rate of each stage, in multiples of the next one's (discriminative rates: Howard and Ruder 2018, "
        + "arXiv:1801.06146, section 3.2).")]
    public double StageDecay { get; init; } = 0.5;

    /// <summary>Momentum of SGD, Nesterov's; 0 for none.</summary>
    [Description("Momentum of SGD, Nesterov's; 0 for none.")]
    public double Momentum { get; init; } = 0.9;

    /// <summary>Weight decay; norms and biases have none (He et al. 2018, arXiv:1812.01187, section 3.1).</summary>
    [Description("Weight decay; norms and biases have none (He et al. 2018, arXiv:1812.01187, section 3.1).")]
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>Epochs in which the learning rate goes up from 0, before it goes down to 0 as a cosine (Goyal et al. 2017,
    /// arXiv:1706.02677; Loshchilov and Hutter 2016, arXiv:1608.03983).</summary>
    [Description("Epochs in which the learning rate goes up from 0, before it goes down to 0 as a cosine (Goyal et al. "
        + "2017, arXiv:1706.02677; Loshchilov and Hutter 2016, arXiv:1608.03983).")]
    public double WarmUpEpochs { get; init; } = 1;

    /// <summary>What is minimized. Of classes: softmax cross-entropy, the default, or binary cross-entropy of every class by itself
    /// (Wightman et al. 2021, arXiv:2110.00476). Of numbers, in standard deviations: the mean squared error, the default, or Huber's loss, half
    /// the squared error up to 1 and linear beyond (Huber 1964, doi:10.1214/aoms/1177703732).</summary>
    [Description("What is minimized. Of classes: softmax cross-entropy, the default, or binary cross-entropy of every class by itself "
        + "(Wightman et al. 2021, arXiv:2110.00476). Of numbers, in standard deviations: the mean squared error, the default, or "
        + "Huber's loss, half the squared error up to 1 and linear beyond (Huber 1964, doi:10.1214/aoms/1177703732).")]
    public LossKind? Loss { get; init; }

    /// <summary>Part of the target that is spread over all classes (Szegedy et al. 2015, arXiv:1512.00567, section 7).</summary>
    [Description("Part of the target that is spread over all classes (Szegedy et al. 2015, arXiv:1512.00567, section 7).")]
    public double LabelSmoothing { get; init; }

    /// <summary>Alpha of mixup, which blends two images and their labels; 0 for none (Zhang et al. 2017, arXiv:1710.09412).</summary>
    [Description("Alpha of mixup, which blends two images and their labels; 0 for none (Zhang et al. 2017, "
        + "arXiv:1710.09412).")]
    public double Mixup { get; init; }

    /// <summary>Alpha of CutMix, which pastes a piece of another image; 0 for none (Yun et al. 2019, arXiv:1905.04899).</summary>
    [Description("Alpha of CutMix, which pastes a piece of another image; 0 for none (Yun et al. 2019, arXiv:1905.04899).")]
    public double CutMix { get; init; }

    /// <summary>Whether images are cut at random, of random size and shape (Szegedy et al. 2014, arXiv:1409.4842); otherwise the middle
    /// is taken.</summary>
    [Description("Whether images are cut at random, of random size and shape (Szegedy et al. 2014, arXiv:1409.4842); "
        + "otherwise an image to train on becomes a square as one to predict on does.")]
    public bool RandomCrop { get; init; } = true;

    /// <summary>The smallest part of an image's area that a random crop has. Below a third, images are stored larger, so that crops are
    /// not blurred: at 0.08 that takes ten times the memory.</summary>
    [Description("The smallest part of an image's area that a random crop has. Below a third, images are stored larger, so "
        + "that crops are not blurred: at 0.08 that takes ten times the memory.")]
    public double MinCrop { get; init; } = 0.35;

    /// <summary>Probability that an image is mirrored.</summary>
    [Description("Probability that an image is mirrored.")]
    public double Flip { get; init; } = 0.5;

    /// <summary>Strength of random changes of brightness, contrast and saturation; 0 for none.</summary>
    [Description("Strength of random changes of brightness, contrast and saturation; 0 for none.")]
    public double ColorJitter { get; init; }

    /// <summary>Random operations on images: none, RandAugment (Cubuk et al. 2019, arXiv:1909.13719) as torchvision has it, or with
    /// timm's increasing operations, each done half the time, or TrivialAugment (Mueller and Hutter 2021, arXiv:2103.10158).</summary>
    [Description("Random operations on images: none, RandAugment (Cubuk et al. 2019, arXiv:1909.13719) as torchvision has "
        + "it, or with timm's increasing operations, each done half the time, or TrivialAugment (Mueller and Hutter "
        + "2021, arXiv:2103.10158).")]
    public AutoAugmentKind AutoAugment { get; init; }

    /// <summary>Magnitude of RandAugment's operations, 0 to 30.</summary>
    [Description("Magnitude of RandAugment's operations, 0 to 30.")]
    public int RandAugmentMagnitude { get; init; } = 9;

    /// <summary>Standard deviation of that magnitude from image to image; 0 for always the same.</summary>
    [Description("Standard deviation of that magnitude from image to image; 0 for always the same.")]
    public double RandAugmentSpread { get; init; }

    /// <summary>Probability that a rectangle of an image is erased (Zhong et al. 2017, arXiv:1708.04896).</summary>
    [Description("Probability that a rectangle of an image is erased (Zhong et al. 2017, arXiv:1708.04896).")]
    public double RandomErasing { get; init; }

    /// <summary>Whether steps have images of different sizes, 0.75 to 1.25 times the size. Off by default: where all objects are about as
    /// large, it only hurts.</summary>
    [Description("Whether steps have images of different sizes, 0.75 to 1.25 times the size. Off by default: where all "
        + "objects are about as large, it only hurts.")]
    public bool MultiScale { get; init; }

    /// <summary>Probability that the last block is left out for an image; earlier blocks have less (Huang et al. 2016,
    /// arXiv:1603.09382).</summary>
    [Description("Probability that the last block is left out for an image; earlier blocks have less (Huang et al. 2016, "
        + "arXiv:1603.09382).")]
    public double StochasticDepth { get; init; }

    /// <summary>Decay of the weights' exponential moving average, which is then what is validated and kept, such as 0.999; 0 for
    /// none.</summary>
    [Description("Decay of the weights' exponential moving average, which is then what is validated and kept, such as "
        + "0.999; 0 for none.")]
    public double AverageDecay { get; init; }

    /// <summary>Part that the trained weights have in those that are validated and kept; the rest are the weights that training started
    /// with; 1 for the trained ones alone (WiSE-FT: Wortsman et al. 2021, arXiv:2109.01903). Below 1 batch norms have to be
    /// frozen. By default the validation images choose it after the last epoch, and epochs are validated with 0.5; it is 1 from scratch
    /// and where batch norms are updated.</summary>
    [Description("Part that the trained weights have in those that are validated and kept; the rest are the weights that "
        + "training started with; 1 for the trained ones alone (WiSE-FT: Wortsman et al. 2021, arXiv:2109.01903). "
        + "Below 1 batch norms have to be frozen. By default the validation images choose it after the last epoch, and epochs are "
        + "validated with 0.5; it is 1 from scratch and where batch norms are updated.")]
    public double? WeightMixing { get; init; }

    /// <summary>Largest length of all gradients together; longer ones are shortened to it; 0 for no limit.</summary>
    [Description("Largest length of all gradients together; longer ones are shortened to it; 0 for no limit.")]
    public double ClipNorm { get; init; }

    /// <summary>Batches whose gradients are added up for one step.</summary>
    [Description("Batches whose gradients are added up for one step.")]
    public int Accumulation { get; init; } = 1;

    /// <summary>Whether each block's last batch norm starts with scale 0 (Goyal et al. 2017, arXiv:1706.02677, section 5.1); with fresh
    /// weights only.</summary>
    [Description("Whether each block's last batch norm starts with scale 0 (Goyal et al. 2017, arXiv:1706.02677, section "
        + "5.1); with fresh weights only.")]
    public bool ZeroResidualNorms { get; init; }

    /// <summary>What batch norms use: their running statistics, frozen, or each batch's own, which update them.</summary>
    [Description("What batch norms use: their running statistics, frozen, or each batch's own, which update them.")]
    public BatchNormStatistics BatchNorm { get; init; } = BatchNormStatistics.Frozen;

    /// <summary>What convolutions compute in while training: float32, bfloat16 (16 bits), half (16 bits, with the loss scaled), or auto, which is
    /// bfloat16 where the processor or the GPU has instructions for it and float32 otherwise.</summary>
    [Description("What convolutions compute in while training: float32, bfloat16 (16 bits), half (16 bits, with the loss "
        + "scaled), or auto, which is bfloat16 where the processor or the GPU has instructions for it and float32 otherwise.")]
    public TrainingPrecision TrainPrecision { get; init; }

    /// <summary>Whether each class is seen equally often, whatever the number of its images.</summary>
    [Description("Whether each class is seen equally often, whatever the number of its images.")]
    public bool Balanced { get; init; }

    /// <summary>Whether an image's mirror image is looked at too and both are averaged, when it is validated and in the exported file, at
    /// twice the cost.</summary>
    [Description("Whether an image's mirror image is looked at too and both are averaged, when it is validated and in the "
        + "exported file, at twice the cost.")]
    public bool MirrorAverage { get; init; }

    /// <summary>Epochs without a better validation after which training ends, and the best epoch is kept; 0 for never.</summary>
    [Description("Epochs without a better validation after which training ends, and the best epoch is kept; 0 for never.")]
    public int Patience { get; init; }

    /// <summary>Whether the best epoch is kept, by its validation accuracy (of numbers: its loss), rather than the last.</summary>
    [Description("Whether the best epoch is kept, by its validation accuracy (of numbers: its loss), rather than the last.")]
    public bool KeepBest { get; init; }
}

/// <summary>What moves the weights.</summary>
public enum OptimizerKind
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
public enum LossKind
{
    /// <summary>Of the softmax over all classes.</summary>
    CrossEntropy,

    /// <summary>Of the sigmoid of each class.</summary>
    BinaryCrossEntropy,

    /// <summary>Of numbers.</summary>
    MeanSquaredError,

    /// <summary>Of numbers, some of which may be far off: half the squared error up to a standard deviation, linear beyond.</summary>
    Huber,
}

/// <summary>Random operations on the images.</summary>
public enum AutoAugmentKind
{
    /// <summary>No such operations.</summary>
    None,

    /// <summary>RandAugment with torchvision's operations (Cubuk et al. 2019, arXiv:1909.13719).</summary>
    RandAugment,

    /// <summary>RandAugment with timm's increasing operations, each done half the time.</summary>
    RandAugmentIncreasing,

    /// <summary>One operation of random strength (Mueller and Hutter 2021, arXiv:2103.10158).</summary>
    TrivialAugment,
}

/// <summary>Which statistics batch norms use while training.</summary>
public enum BatchNormStatistics
{
    /// <summary>The running ones, which stay as they are: what few images would spoil.</summary>
    Frozen,

    /// <summary>Each batch's own, which the running ones follow.</summary>
    Updated,
}
