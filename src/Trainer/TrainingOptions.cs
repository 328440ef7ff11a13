using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>What is trained, on which backbone, and how.</summary>
public sealed record TrainingOptions
{
    /// <summary>A name of <see cref="BackboneRegistry.All"/>; not looked at where there is a <see cref="Spec"/>.</summary>
    public string Backbone { get; init; } = "resnet18_mlnet";

    /// <summary>A network of your own in place of one of the catalog; its weights are fresh, or of a file.</summary>
    public BackboneSpec? Spec { get; init; }

    /// <summary>
    /// What the backbone starts with. By default the best public weights, which are downloaded unless they are in the cache; with
    /// <see cref="Tune.Scratch"/> and for a <see cref="Spec"/>, fresh ones.
    /// </summary>
    public InitialWeights? Weights { get; init; }

    /// <summary>What is trained.</summary>
    public Tune Tune { get; init; } = Tune.Head;

    /// <summary>
    /// How more than the head is trained; by default <see cref="Trainer.Recipe.FineTune"/>, and <see cref="Trainer.Recipe.BagOfTricks"/>
    /// with <see cref="Tune.Scratch"/>.
    /// </summary>
    public Recipe? Recipe { get; init; }

    /// <summary>A change of each image to train on, after the recipe's own; with <see cref="Tune.Head"/> there is none.</summary>
    public ImageChange? Augment { get; init; }

    /// <summary>Height and width of the network's input in pixels; null is the backbone's own.</summary>
    public int? ImageSize { get; init; }

    /// <summary>
    /// How an image becomes the network's square; null is the backbone's own way, the crop in the middle for those of the catalog. The
    /// exported network keeps it. Random crops, which the recipes train on, stay random.
    /// </summary>
    public Resizing? Resizing { get; init; }

    /// <summary>Decides everything random: which images are held back, fresh weights, the order of images and their changes.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The part of each class that is held back to validate on where the data bring no such images, in (0, 1).</summary>
    public double ValidationFraction { get; init; } = 0.2;

    /// <summary>
    /// What the exported network computes in. <see cref="OnnxPrecision.Int8"/> is quantized on the images to train on, and the head, where it
    /// is not trained with the network, is fitted on what that gives.
    /// </summary>
    public OnnxPrecision Precision { get; init; }

    /// <summary>How the linear head on the backbone's features is trained.</summary>
    public ClassificationHeadOptions Head { get; init; } = new();

    /// <summary>
    /// Where images have any number of labels: from which probability on one is given a label. They are chosen on images to train on: by five
    /// folds of those for a head on a frozen backbone, and otherwise by a tenth of them, which the network then does not learn.
    /// </summary>
    public LabelThresholds Thresholds { get; init; } = LabelThresholds.BestF1;

    /// <summary>
    /// Where images have classes: whether logits are divided by a <see cref="Temperature"/>. A head's is chosen by predictions of images to
    /// train on that are held out in five folds; a tuned network's by the images to validate on, which then are measured in tenths. It helps
    /// on some sets and does harm on others (benchmarks/Calibration).
    /// </summary>
    public bool Calibrate { get; init; }

    /// <summary>
    /// Where images have classes: the part of such images that a model takes for known, above 0 and 1 at most. What is less like the images
    /// to train on counts as none of the classes: <see cref="UnknownScore"/>.
    /// </summary>
    public double Keep { get; init; } = UnknownScore.DefaultKeep;

    /// <summary>Whether an image that cannot be read is an error; otherwise it is left out and reported.</summary>
    public bool Strict { get; init; }

    /// <summary>Whether classes without images that can be read are left out; they are an error otherwise.</summary>
    public bool AllowMissingClasses { get; init; }

    /// <summary>
    /// Device, cache and memory of the backbone. The device is also the one that the backbone is trained on. Large photos are decoded at a
    /// part of their size, as they are to train on.
    /// </summary>
    public FeaturizeImagesOptions Featurizing { get; init; } = new() { ScaledDecoding = ImageStore.ScaledDecoding };

    /// <summary>
    /// The folder that the result is written into, whole and once it is whole, and that a training saves itself in; null writes nothing:
    /// <see cref="TrainingRun.Save"/> does. It is locked while the training runs.
    /// </summary>
    public string? ResultFolder { get; init; }

    /// <summary>Whether an earlier result in <see cref="ResultFolder"/> may be replaced; no other file is.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Whether to go on with the training that was stopped in <see cref="ResultFolder"/>; all else has to be as it was.</summary>
    public bool Resume { get; init; }

    /// <summary>The time after which the weights stop moving; the model is then made of what was reached. Null is no limit.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>The time between checkpoints within an epoch; there is one after each epoch too.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// A folder for TensorBoard's event files and <c>history.csv</c>, which are written while the backbone is trained; null writes none. A
    /// head on a frozen backbone has no epochs to write.
    /// </summary>
    public string? LogFolder { get; init; }

    /// <summary>What a person types to do the same again, which the report and the model's card then say; null leaves that out.</summary>
    public string? Command { get; init; }
}

/// <summary>How much of a network is trained.</summary>
public enum Tune
{
    /// <summary>A linear classifier on the features of the network as it is.</summary>
    Head,

    /// <summary>The last stage and the classifier.</summary>
    LastStage,

    /// <summary>Everything, from pretrained weights.</summary>
    All,

    /// <summary>Everything, from fresh weights.</summary>
    Scratch,
}

/// <summary>Changes an image to train on.</summary>
/// <param name="pixels">[size, size, 3], R, G, B, 0 to 255; changed in place.</param>
/// <param name="size">Height and width.</param>
/// <param name="random">
/// Where everything random has to come from: it depends on the seed, the epoch and the image's place in it alone, so that a training that
/// goes on ends with the same weights.
/// </param>
public delegate void ImageChange(Span<byte> pixels, int size, Random random);
