using Microsoft.ML;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// What is learned of images, their class, a number or labels: all that a training does otherwise for the one than for the other. Labels are
/// text until then, the name of a class, a number as <see cref="NumberLabel"/> writes it, or labels as <see cref="LabelSet"/> does.
/// </summary>
internal abstract class LearningTask
{
    /// <summary>One class of several.</summary>
    public static LearningTask Classification { get; } = new ClassificationTask();

    /// <summary>A number.</summary>
    public static LearningTask Regression { get; } = new RegressionTask();

    /// <summary>Any number of labels.</summary>
    public static LearningTask MultiLabel { get; } = new MultiLabelTask();

    /// <summary>What it is called where a training is written down.</summary>
    public abstract string Name { get; }

    /// <summary>What a label says, in the plural.</summary>
    public abstract string Labels { get; }

    /// <summary>Names of a list's column of labels that say that they are of this task.</summary>
    public abstract IReadOnlyList<string> LabelColumns { get; }

    /// <summary>The label of a list's row.</summary>
    /// <param name="cell">As it is written; null where there is none.</param>
    /// <returns>The label, or what is wrong with it, as the end of a sentence that starts with the row.</returns>
    public abstract (string? Label, string? Problem) LabelOf(string? cell);

    /// <summary>The recipe where none is asked for.</summary>
    public abstract Recipe RecipeFor(Tune tune);

    /// <summary>The recipe with what it leaves open.</summary>
    public abstract Recipe Complete(Recipe recipe);

    /// <summary>Refuses settings that are not for it.</summary>
    /// <exception cref="TrainingException">The message names them.</exception>
    public abstract void Check(TrainingJob job);

    /// <summary>What is wrong with an image's label, as the end of a sentence that starts with the image; null where nothing is.</summary>
    /// <param name="label">The label; null where it is missing.</param>
    public abstract string? ProblemOf(string? label);

    /// <inheritdoc cref="ProblemOf(string?)"/>
    /// <param name="label">The label; null where it is missing.</param>
    /// <param name="column">The column of ML.NET's data that it comes from.</param>
    public abstract string? ProblemOf(string? label, string column);

    /// <summary>Refuses images that nothing can be learned of, and drops those that nothing can be said of.</summary>
    /// <exception cref="TrainingException">All are the same.</exception>
    /// <exception cref="InvalidDataException">An image to validate on is of a class that is not learned.</exception>
    public abstract TrainingImages Check(TrainingJob job, TrainingImages images);

    /// <summary>Whether all images of some label may be missing.</summary>
    public abstract bool AllowsMissing(TrainingOptions options);

    /// <summary>The images to validate on that something was learned for.</summary>
    /// <exception cref="InvalidDataException">An image is of a class that is not learned, and that is not allowed.</exception>
    public abstract IReadOnlyList<T> Known<T>(IReadOnlyList<T> validation, Func<T, string> label, IEnumerable<string> learned, bool allowed);

    /// <summary>Holds some images back to validate on; either part keeps the order given.</summary>
    public abstract (IReadOnlyList<T> Train, IReadOnlyList<T> Validation) Split<T>(
        IReadOnlyList<T> images, Func<T, string> label, double validationFraction, int seed);

    /// <summary>What images have in common whose share is the same in every fold of a data set.</summary>
    public abstract string Stratum(string label);

    /// <summary>What a network is taught of these images.</summary>
    public abstract TuningTargets Targets(TrainingJob job, IReadOnlyList<LabeledImage> train);

    /// <summary>Which images to train on the network does not learn, since something is chosen by what it makes of them.</summary>
    /// <param name="job">What was asked for.</param>
    /// <param name="labels">Of the images to train on.</param>
    /// <returns>Their places; none by default.</returns>
    public virtual IReadOnlySet<int> HeldBack(TrainingJob job, IReadOnlyList<string> labels) => new HashSet<int>();

    /// <summary>How the head is fitted that a tuning starts with.</summary>
    public abstract ClassificationHeadOptions StartingHead(ClassificationHeadOptions asked);

    /// <summary>Fits a linear head on features and measures it.</summary>
    public abstract HeadModel FitHead(
        TrainingJob job, MLContext mlContext, IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation);

    /// <summary>Takes the head that a network was trained with and measures it.</summary>
    /// <param name="job">What was asked for.</param>
    /// <param name="mlContext">The context that it is made in.</param>
    /// <param name="trained">Its numbers, and what another network says of some images.</param>
    /// <param name="listed">The images to train on, those that were held back from it among them.</param>
    /// <param name="train">The same, those that can be read, and their features by the trained network.</param>
    /// <param name="validation">Images to measure on, and their features by the trained network.</param>
    public abstract HeadModel GiveHead(
        TrainingJob job, MLContext mlContext, CrossFittedHead trained, IReadOnlyList<LabeledImage> listed, IReadOnlyList<LabeledFeatures> train,
        IReadOnlyList<LabeledFeatures> validation);

    /// <summary>What a head says of an image: the probability of each class or label, or the value.</summary>
    /// <param name="head">In the labels' own unit.</param>
    /// <param name="features">[C].</param>
    public virtual float[] Outputs(LinearHead head, float[] features) => head.Probabilities(features);

    /// <summary>What an image to validate on is measured by.</summary>
    protected float[] OutputsOf(CrossFittedHead trained, LabeledFeatures image) =>
        trained.Others.GetValueOrDefault(image.ImagePath) ?? Outputs(trained.Head, image.Features);

    /// <summary>Puts a result together, which owns what it consists of from then on.</summary>
    public abstract TrainingResult Result(ResultParts parts, CancellationToken cancellationToken);
}
