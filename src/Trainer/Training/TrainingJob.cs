using ResNetMLNet.Backbones;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>A training that is asked for: what everything that has a part in it is given.</summary>
/// <param name="Data">The images.</param>
/// <param name="Options">What was asked for.</param>
/// <param name="Progress">Who hears of it.</param>
internal sealed record TrainingJob(ImageDataSet Data, TrainingOptions Options, IProgress<TrainingEvent>? Progress)
{
    public LearningTask Task => Data.Task;

    /// <summary>The network without its weights.</summary>
    public BackboneSpec Spec { get; } = Options.Spec ?? BackboneRegistry.Find(Options.Backbone);

    public Tune Tune => Options.Tune;

    public Recipe Recipe { get; init; } = WithMixing(Data.Task.Complete(Options.Recipe ?? Data.Task.RecipeFor(Options.Tune)), Options.Tune);

    public InitialWeights Weights { get; } =
        Options.Weights ?? (Options.Tune == Tune.Scratch || Options.Spec is not null ? InitialWeights.Fresh : InitialWeights.Best);

    public ClassificationHeadOptions Head => Options.Head;

    public FeaturizeImagesOptions Featurizing => Options.Featurizing;

    public int Seed => Options.Seed;

    public bool Strict => Options.Strict;

    /// <summary>Whether all images of a class may be missing; where there are no classes, none can be.</summary>
    public bool AllowMissingClasses => Task.AllowsMissing(Options);

    /// <summary>Refuses settings that do not go with each other.</summary>
    /// <exception cref="TrainingException">The message names them.</exception>
    /// <exception cref="ArgumentException">A single value is out of its range.</exception>
    public void Check()
    {
        if (Options.ValidationFraction is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(
                nameof(Options), Options.ValidationFraction, "ValidationFraction has to be more than 0 and below 1.");
        if (Options.Keep is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(Options), Options.Keep, "Keep has to be more than 0, and 1 at most.");
        Setting recipe = new(nameof(Options.Recipe)), tune = new(nameof(Options.Tune)), balanced = new(nameof(Recipe.Balanced)),
            classWeights = new(nameof(ClassificationHeadOptions.ClassWeights)), mixing = new(nameof(Recipe.WeightMixing));
        if (Tune == Tune.Scratch && !Weights.IsFresh)
            throw new TrainingException($"{tune} is scratch, which starts from random weights, and {new Setting(nameof(Options.Weights))} are '{Weights.Name ?? "the best"}'. Leave one out.");
        Task.Check(this);
        if (Tune == Tune.Head)
        {
            if (Options.Recipe is not null || Options.Augment is not null)
                throw new TrainingException($"A {recipe} and its settings are for training the network, and {tune} head trains only a linear classifier. Tune the last stage, or all.");
            return;
        }
        Recipe.Check();
        if (Recipe.Balanced && Head.ClassWeights == ClassWeights.Balanced)
            throw new TrainingException($"{balanced} shows each class equally often and balanced {classWeights} give rare classes more weight: together they balance twice. Leave one of them out.");
        if (Tune == Tune.Scratch && Recipe.WeightMixing < 1)
            throw new TrainingException(
                $"{mixing} is {Recipe.WeightMixing}, but random weights have nothing worth keeping: with {tune} scratch it has to be 1.");
    }

    // Where there is nothing to mix with, there is nothing to choose.
    private static Recipe WithMixing(Recipe recipe, Tune tune) =>
        recipe.WeightMixing is null && (tune == Tune.Scratch || recipe.BatchNorm == BatchNormStatistics.Updated)
            ? recipe with { WeightMixing = 1 }
            : recipe;
}
