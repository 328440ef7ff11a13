using System.Diagnostics;
using ResNetMLNet.Backbones;
using ResNetMLNet.Trainer.Data;
using ResNetMLNet.Trainer.Reports;
using TorchSharp;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer.Tuning;

/// <summary>What a training is made of.</summary>
internal sealed record TuningSetup
{
    public required TunedNetwork Network { get; init; }

    public required TuneKind Tune { get; init; }

    public required Recipe Recipe { get; init; }

    public required TrainingLoader Training { get; init; }

    public required EvaluationLoader Validation { get; init; }

    public required CheckpointFolder Checkpoints { get; init; }

    /// <summary>The result folder, as the user names it.</summary>
    public required string Output { get; init; }

    public required int Classes { get; init; }

    /// <summary>How much an image of each class counts; null where all count the same.</summary>
    public IReadOnlyList<float>? ClassWeights { get; init; }

    public required int Seed { get; init; }

    public required Device Device { get; init; }

    /// <summary>Time after which training ends; null for none.</summary>
    public TimeSpan? Limit { get; init; }

    public static TimeSpan UsualCheckpointInterval { get; } = TimeSpan.FromMinutes(5);

    /// <summary>Time between checkpoints within an epoch.</summary>
    public TimeSpan CheckpointInterval { get; init; } = UsualCheckpointInterval;
}

/// <summary>
/// Trains a network: epochs of steps, a validation and a checkpoint after each. What happens in a step is a function of the seed, of the
/// step's number and of the weights alone, so a training that goes on from a checkpoint ends with the very weights of one that was never stopped.
/// </summary>
internal sealed class TuningLoop : IDisposable
{
    // Below 0 there are no images: EpochOrder has -1, MultiScale those from int.MinValue on.
    private const int FirstStepPlace = -2;
    private const int StepsBetweenScales = 2000;

    private readonly TuningSetup setup;
    private readonly Recipe recipe;
    private readonly TunedParts parts;
    private readonly Optimizers optimizers;
    private readonly WeightAverage? average;
    private readonly WeightMixing? mixing;
    private readonly LabelMix mix;
    private readonly Loss loss;
    private readonly ImageTensors images;
    private readonly Schedule schedule;
    private readonly Stopwatch clock = new();
    private readonly TuningDisplay display;

    private TuningProgress progress = new();
    private TimeSpan lastCheckpoint;

    public TuningLoop(TuningSetup setup)
    {
        NativeMemory.KeepFreed();
        this.setup = setup;
        recipe = setup.Recipe;
        setup.Network.to(setup.Device);
        setup.Network.Backbone.WhileTraining = new TrainingForward { StochasticDepth = recipe.StochasticDepth, Precision = recipe.Precision };
        parts = new TunedParts(setup.Network, setup.Tune, recipe);
        optimizers = new Optimizers(recipe, parts.Groups);
        average = recipe.AverageDecay > 0 ? new WeightAverage(setup.Network, recipe.AverageDecay) : null;
        mixing = recipe.WeightMixing < 1 ? new WeightMixing(setup.Network, recipe.WeightMixing) : null;
        mix = new LabelMix(recipe, setup.Classes);
        loss = new Loss(recipe.Loss, setup.ClassWeights);
        images = new ImageTensors(setup.Network.Backbone.Spec.Input, setup.Device);
        schedule = Schedule.Of(recipe, UpdatesPerEpoch);
        display = new TuningDisplay(recipe, setup.Training.StepsPerEpoch);
    }

    private int UpdatesPerEpoch => (setup.Training.StepsPerEpoch + recipe.Accumulation - 1) / recipe.Accumulation;

    private TimeSpan Elapsed => TimeSpan.FromSeconds(progress.Seconds) + clock.Elapsed;

    /// <summary>Goes on from the last checkpoint.</summary>
    public void Resume() => progress = setup.Checkpoints.Load(setup.Network, average, optimizers.Optimizer);

    /// <summary>Trains to the end; the network then has the weights to keep.</summary>
    /// <exception cref="UserException">The loss is no number any more, or a checkpoint could not be written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped, and has saved itself.</exception>
    public TuningProgress Run(CancellationToken cancellationToken)
    {
        clock.Start();
        bool inTime = true;
        while (progress.Epoch < recipe.Epochs && inTime && !OutOfPatience)
        {
            inTime = RunEpoch(cancellationToken);
            EndEpoch();
        }

        bool keepsBest = (recipe.KeepBest || recipe.Patience > 0) && progress.Best?.Epoch < progress.Epoch;
        if (keepsBest) CheckpointFolder.LoadWeights(setup.Network.state_dict(), setup.Checkpoints.Best);
        else ToKept();
        setup.Network.eval();
        return progress;
    }

    /// <summary>Runs one epoch's steps, without validation or checkpoint.</summary>
    /// <returns>How long they took.</returns>
    public TimeSpan TrainEpoch()
    {
        var epoch = Stopwatch.StartNew();
        RunEpoch(CancellationToken.None);
        return epoch.Elapsed;
    }

    private bool OutOfPatience => recipe.Patience > 0 && progress.Epoch - (progress.Best?.Epoch ?? progress.Epoch) >= recipe.Patience;

    /// <summary>Runs what is left of an epoch.</summary>
    /// <returns>Whether there is time for more.</returns>
    private bool RunEpoch(CancellationToken cancellationToken)
    {
        parts.Train();
        foreach (Batch batch in setup.Training.Epoch(progress.Epoch, progress.Step, CancellationToken.None))
        {
            double value = Step(batch);
            progress = progress with { Step = progress.Step + 1, LossSum = progress.LossSum + value };
            display.Step(progress, batch.Count, value, recipe.LearningRate * schedule[progress.Updates]);
            if (progress.Step % recipe.Accumulation != 0) continue; // a checkpoint holds no gradients

            if (cancellationToken.IsCancellationRequested)
            {
                Save();
                throw new StoppedException($"Stopped after step {progress.Step} of epoch {progress.Epoch + 1}, and saved. Go on with: resnet-mlnet train --resume {setup.Output}", cancellationToken);
            }
            if (clock.Elapsed - lastCheckpoint > setup.CheckpointInterval) Save();
            if (clock.Elapsed > setup.Limit) return false;
        }
        return true;
    }

    private double Step(Batch batch)
    {
        int start = progress.Step / recipe.Accumulation * recipe.Accumulation, together = Math.Min(recipe.Accumulation, setup.Training.StepsPerEpoch - start);
        if (progress.Step == start) optimizers.Optimizer.zero_grad();
        double value = AddGradients(batch, together);
        if (!double.IsFinite(value)) throw Diverged(value);
        if (progress.Step + 1 == start + together)
        {
            Update(schedule[progress.Updates]);
            average?.Update(progress.Updates);
            progress = progress with { Updates = progress.Updates + 1 };
        }
        return value;
    }

    /// <summary>Forward and backward pass; on several devices, each would do this for its part of the batch, and gradients be averaged then.</summary>
    /// <returns>The batch's loss.</returns>
    private double AddGradients(Batch batch, int together)
    {
        using DisposeScope scope = NewDisposeScope();
        var random = new RandomStream(setup.Seed, progress.Epoch, FirstStepPlace - progress.Step);
        manual_seed(random.Below(int.MaxValue));
        (Tensor x, Tensor targets) = mix.Apply(images.Of(batch), images.Labels(batch), new Random(random.Below(int.MaxValue)));
        Tensor mean = loss.Of(setup.Network.call(x), targets);
        (mean * (LossScale / together)).backward();
        return mean.item<float>();
    }

    private double LossScale => recipe.Precision == Precision.Half ? progress.LossScale : 1;

    /// <summary>Moves the weights.</summary>
    /// <param name="rate">Part of the highest learning rates.</param>
    private void Update(double rate)
    {
        if (recipe.Precision == Precision.Half && !Unscale(LossScale)) return;
        if (recipe.ClipNorm > 0) nn.utils.clip_grad_norm_(parts.Parameters, recipe.ClipNorm);
        optimizers.SetRate(rate);
        optimizers.Optimizer.step();
    }

    /// <summary>Tries learning rates. The network is of no use afterwards.</summary>
    public LearningRateTrial TryLearningRates(CancellationToken cancellationToken)
    {
        parts.Train();
        using IEnumerator<Batch> batches = Enumerable.Range(0, int.MaxValue).SelectMany(epoch => setup.Training.Epoch(epoch, 0, cancellationToken)).GetEnumerator();
        return LearningRateTrial.Run(rate =>
        {
            batches.MoveNext();
            optimizers.Optimizer.zero_grad();
            double value = AddGradients(batches.Current, together: 1);
            Update(rate / recipe.LearningRate);
            progress = progress with { Step = progress.Step + 1 };
            return value;
        });
    }

    /// <summary>
    /// Takes the loss's scale out of the gradients (Micikevicius et al. 2017, arXiv:1710.03740, section 3.2). Where one is beyond what half
    /// precision holds, the step is left out and the scale halved; after long without, it is doubled.
    /// </summary>
    private bool Unscale(double scale)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope temporaries = NewDisposeScope();
        Tensor[] gradients = [.. parts.Parameters.Select(parameter => parameter.grad).OfType<Tensor>()];
        foreach (Tensor gradient in gradients) gradient.div_(scale);
        bool finite = gradients.All(gradient => gradient.isfinite().all().item<bool>());
        int updates = finite ? progress.UpdatesAtScale + 1 : 0;
        progress = progress with { UpdatesAtScale = updates, LossScale = !finite ? scale / 2 : updates % StepsBetweenScales == 0 ? scale * 2 : scale };
        return finite;
    }

    private void EndEpoch()
    {
        ToKept();
        setup.Network.eval();
        (double accuracy, double logLoss) = Evaluation.Of(setup.Network, setup.Validation, images, recipe.MirrorAverage);
        var figures = new EpochRecord(
            progress.Epoch + 1, progress.LossSum / Math.Max(1, progress.Step), logLoss, accuracy,
            recipe.LearningRate * schedule[Math.Max(0, progress.Updates - 1)], Math.Round(Elapsed.TotalSeconds, 2));
        progress = progress with { Epoch = progress.Epoch + 1, Step = 0, LossSum = 0, History = [.. progress.History, figures] };
        if (progress.Best == figures) setup.Checkpoints.SaveBest(setup.Network);
        ToTrained();
        display.Epoch(figures);
        Save();
    }

    /// <summary>Gives the network the weights that are validated and kept.</summary>
    private void ToKept()
    {
        average?.Swap();
        mixing?.Mix();
    }

    /// <summary>Gives it back those that training goes on with.</summary>
    private void ToTrained()
    {
        mixing?.Undo();
        average?.Swap();
    }

    private void Save()
    {
        setup.Checkpoints.Save(progress with { Seconds = Elapsed.TotalSeconds }, setup.Network, average, optimizers.Optimizer);
        lastCheckpoint = clock.Elapsed;
    }

    private UserException Diverged(double value) => new(
        $"The loss is {value} at step {progress.Step + 1} of epoch {progress.Epoch + 1}: training has diverged. Try a smaller --learning-rate " +
        $"(it was at most {recipe.LearningRate}), a --clip-norm of 1{(recipe.Precision == Precision.Full ? "" : ", --precision full")} or a longer --warm-up-epochs."
        + (setup.Checkpoints.Any ? " The last checkpoint before it is kept." : ""));

    public void Dispose()
    {
        optimizers.Dispose();
        average?.Dispose();
        mixing?.Dispose();
    }
}
