using System.Diagnostics;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>What a training is made of.</summary>
internal sealed record TuningSetup
{
    public required TunedNetwork Network { get; init; }

    public required Tune Tune { get; init; }

    public required Recipe Recipe { get; init; }

    public required TrainingLoader Training { get; init; }

    public required EvaluationLoader Validation { get; init; }

    public required CheckpointFolder Checkpoints { get; init; }

    /// <summary>The result folder, as it was named; null where nobody goes on with the training.</summary>
    public string? Output { get; init; }

    /// <summary>Hears of steps, epochs and checkpoints.</summary>
    public IProgress<TrainingEvent>? Listener { get; init; }

    /// <summary>What the network is taught to say.</summary>
    public required TuningTargets Targets { get; init; }

    public required int Seed { get; init; }

    public required Device Device { get; init; }

    /// <summary>Time after which training ends; null for none.</summary>
    public TimeSpan? Limit { get; init; }

    /// <summary>Time between checkpoints within an epoch.</summary>
    public TimeSpan CheckpointInterval { get; init; } = new TrainingOptions().CheckpointInterval;
}

/// <summary>
/// Trains a network: epochs of steps, a validation and a checkpoint after each. What happens in a step is a function of the seed, of the
/// step's number and of the weights alone, so a training that goes on from a checkpoint ends with the very weights of one that was never stopped.
/// Nothing is kept that holds NaN or infinity.
/// </summary>
internal sealed class TuningLoop : IDisposable
{
    // Below 0 there are no images: EpochOrder has -1, MultiScale those from int.MinValue on.
    private const int FirstStepPlace = -2;

    private readonly TuningSetup setup;
    private readonly Recipe recipe;
    private readonly TrainingPrecision precision;
    private readonly TunedParts parts;
    private readonly Optimizers optimizers;
    private readonly WeightAverage? average;
    private readonly WeightMixing? mixing;
    private readonly LabelMix mix;
    private readonly ImageTensors images;
    private readonly Schedule schedule;
    private readonly Stopwatch clock = new();

    private TuningProgress progress = new();
    private TimeSpan lastCheckpoint;

    // Of the images to validate on, by the weights to keep where training ends here.
    private IReadOnlyList<double>? losses;

    /// <exception cref="TrainingException">Batch norms would have one value a channel.</exception>
    public TuningLoop(TuningSetup setup)
    {
        NativeMemory.KeepFreed();
        this.setup = setup;
        recipe = setup.Recipe;
        if (recipe.BatchNorm == BatchNormStatistics.Updated && setup.Training.SmallestBatch < 2)
        {
            throw new TrainingException(
                $"A batch of one image has no statistics for batch norms to follow. " +
                $"Train on two images or more at once ({new Setting(nameof(Recipe.BatchSize))}), or with {new Setting(nameof(Recipe.BatchNorm))} frozen.");
        }
        setup.Network.to(setup.Device);
        precision = recipe.TrainPrecision.On(setup.Device);
        setup.Network.Backbone.WhileTraining = new TrainingForward { StochasticDepth = recipe.StochasticDepth, Precision = precision };
        parts = new TunedParts(setup.Network, setup.Tune, recipe);
        optimizers = new Optimizers(recipe, parts.Groups);
        average = recipe.AverageDecay > 0 ? new WeightAverage(setup.Network, recipe.AverageDecay) : null;
        mixing = recipe.WeightMixing == 1 ? null : new WeightMixing(setup.Network);
        mix = new LabelMix(recipe, setup.Targets);
        images = new ImageTensors(setup.Network.Backbone.Spec.Input, setup.Device, channelsLast: precision != TrainingPrecision.Float32);
        schedule = Schedule.Of(recipe, UpdatesPerEpoch);
    }

    private int StepsPerEpoch => setup.Training.StepsPerEpoch;

    private int UpdatesPerEpoch => (StepsPerEpoch + recipe.Accumulation - 1) / recipe.Accumulation;

    private TimeSpan Elapsed => TimeSpan.FromSeconds(progress.Seconds) + clock.Elapsed;

    private bool KeepsBest => recipe.KeepBest || recipe.Patience > 0;

    /// <summary>Whether the gradients of some steps wait for those of others.</summary>
    private bool InMiddleOfUpdate => progress.Step < StepsPerEpoch && progress.Step % recipe.Accumulation != 0;

    /// <summary>Goes on from the last checkpoint.</summary>
    public void Resume()
    {
        progress = setup.Checkpoints.Load(setup.Network, average, optimizers.Optimizer);
        if (mixing is not null) CheckpointFolder.LoadWeights(mixing.Start, setup.Checkpoints.Start);
    }

    /// <summary>
    /// Trains to the end, or to the end of the time; the network then has the weights to keep, those of <see cref="WeightMixing.UsualShare"/>
    /// where the recipe leaves their mixing to the data.
    /// </summary>
    /// <exception cref="TrainingException">Training has diverged, or a checkpoint could not be written.</exception>
    /// <exception cref="TrainingStoppedException">It was stopped, and has saved itself.</exception>
    public TuningProgress Run(CancellationToken cancellationToken)
    {
        setup.Listener?.Report(new OptimizationPhase(Running: true));
        try
        {
            return RunToEnd(cancellationToken);
        }
        finally
        {
            setup.Listener?.Report(new OptimizationPhase(Running: false));
        }
    }

    private TuningProgress RunToEnd(CancellationToken cancellationToken)
    {
        clock.Start();
        if (progress is { Epoch: 0, Step: 0 } && mixing is not null) setup.Checkpoints.SaveStart(mixing.Start);
        bool inTime = true;
        while (!progress.IsOver(recipe) && inTime)
        {
            inTime = RunEpoch(cancellationToken);
            if (progress.Step < StepsPerEpoch) return EndInMiddle(cancellationToken);
            EndEpoch(cancellationToken);
        }

        if (KeepsBest && progress.Best?.Epoch < progress.Epoch) LoadBest();
        else average?.Swap();
        Mix();
        setup.Network.eval();
        return progress;
    }

    /// <summary>After training, the losses of the images to validate on with another part of the trained weights, which the network then has.</summary>
    /// <param name="share">Part of the trained weights, 0 to 1.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public IReadOnlyList<double> LossesOf(double share, CancellationToken cancellationToken)
    {
        Keep(share);
        return share == WeightMixing.UsualShare && losses is not null ? losses : Evaluate(cancellationToken).Losses;
    }

    /// <summary>After training, gives the network weights with another part of the trained ones.</summary>
    public void Keep(double share) => mixing!.Mix(share);

    /// <summary>Runs one epoch's steps, without validation or checkpoint.</summary>
    /// <returns>How long they took.</returns>
    public TimeSpan TrainEpoch()
    {
        var epoch = Stopwatch.StartNew();
        RunEpoch(CancellationToken.None);
        return epoch.Elapsed;
    }

    /// <summary>Tries learning rates. Network and optimizer are afterwards as they were.</summary>
    public LearningRateTrial TryLearningRates(CancellationToken cancellationToken)
    {
        TuningProgress before = progress;
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> state = setup.Network.state_dict();
        Dictionary<string, Tensor> weights = state.ToDictionary(entry => entry.Key, entry => entry.Value.detach().clone());
        using var trialOptimizers = new Optimizers(recipe, parts.Groups);
        using IEnumerator<Batch> batches = Enumerable.Range(0, int.MaxValue)
            .SelectMany(epoch => setup.Training.Epoch(epoch, 0, cancellationToken)).GetEnumerator();
        try
        {
            parts.Train();
            return LearningRateTrial.Run(rate =>
            {
                batches.MoveNext();
                trialOptimizers.ClearGradients();
                double value = AddGradients(batches.Current, part: 1);
                Update(trialOptimizers, rate / recipe.LearningRate);
                progress = progress with { Step = progress.Step + 1 };
                return value;
            });
        }
        finally
        {
            using IDisposable noGradient = no_grad();
            foreach ((string name, Tensor tensor) in state) tensor.copy_(weights[name]);
            trialOptimizers.ClearGradients();
            progress = before;
        }
    }

    /// <summary>Runs what is left of an epoch.</summary>
    /// <returns>Whether there is time for more.</returns>
    private bool RunEpoch(CancellationToken cancellationToken)
    {
        parts.Train();
        foreach (Batch batch in setup.Training.Epoch(progress.Epoch, progress.Step, CancellationToken.None))
        {
            double value = Step(batch);
            progress = progress with { Step = progress.Step + 1, LossSum = progress.LossSum + value };
            setup.Listener?.Report(new StepRecord(
                progress.Epoch + 1, recipe.Epochs, progress.Step, StepsPerEpoch, batch.Count, value, recipe.LearningRate * schedule[progress.Updates]));
            if (cancellationToken.IsCancellationRequested) throw Stop(cancellationToken);
            if (clock.Elapsed > setup.Limit) return false;
            if (clock.Elapsed - lastCheckpoint > setup.CheckpointInterval) Save();
        }
        return true;
    }

    private double Step(Batch batch)
    {
        int start = progress.Step / recipe.Accumulation * recipe.Accumulation, end = Math.Min(start + recipe.Accumulation, StepsPerEpoch);
        if (progress.Step == start) optimizers.ClearGradients();
        double value = AddGradients(batch, (double)batch.Count / setup.Training.ImagesOf(start, end));
        if (!double.IsFinite(value)) throw Diverged($"The loss is {value} at step {progress.Step + 1} of epoch {progress.Epoch + 1}");
        if (progress.Step + 1 == end)
        {
            Update(optimizers, schedule[progress.Updates]);
            average?.Update(progress.Updates);
            progress = progress with { Updates = progress.Updates + 1 };
        }
        return value;
    }

    /// <summary>Forward and backward pass; on several devices, each would do this for its part of the batch, and gradients be averaged then.</summary>
    /// <param name="batch">The images.</param>
    /// <param name="part">The batch's part in the images of an update.</param>
    /// <returns>The batch's loss.</returns>
    private double AddGradients(Batch batch, double part)
    {
        using DisposeScope scope = NewDisposeScope();
        var random = new RandomStream(setup.Seed, progress.Epoch, FirstStepPlace - progress.Step);
        manual_seed(random.Below(int.MaxValue));
        (Tensor x, Tensor targets) = mix.Apply(images.Of(batch), batch.Labels, new Random(random.Below(int.MaxValue)));
        Tensor mean = setup.Targets.Loss(setup.Network.call(x), targets);
        mean.Times((precision == TrainingPrecision.Half ? progress.Scaling.Factor : 1) * part).backward();
        return mean.item<float>();
    }

    /// <summary>Moves the weights.</summary>
    /// <param name="optimizers">What moves them.</param>
    /// <param name="rate">Part of the highest learning rates.</param>
    private void Update(Optimizers optimizers, double rate)
    {
        if (precision == TrainingPrecision.Half)
        {
            (bool finite, LossScaling next) = progress.Scaling.Unscale(parts.Gradients);
            progress = progress with { Scaling = next };
            if (next.Factor < LossScaling.Smallest)
                throw Diverged($"Gradients are not finite at step {progress.Step + 1} of epoch {progress.Epoch + 1}, however the loss is scaled");
            if (!finite) return;
        }
        if (recipe.ClipNorm > 0) nn.utils.clip_grad_norm_(parts.Parameters, recipe.ClipNorm);
        optimizers.SetRate(rate);
        optimizers.Step();
    }

    private void EndEpoch(CancellationToken cancellationToken)
    {
        TrainingEpoch figures = Validate(cancellationToken);
        progress = progress with { Epoch = progress.Epoch + 1, Step = 0, LossSum = 0, History = [.. progress.History, figures] };
        mixing?.Undo();
        if (progress.Best == figures) setup.Checkpoints.SaveBest(setup.Network);
        average?.Swap();
        Save();
        NativeMemory.Trim();
    }

    /// <summary>Ends before the epoch does: the checkpoint goes on from here, and what is kept until then is of what there is.</summary>
    private TuningProgress EndInMiddle(CancellationToken cancellationToken)
    {
        Save();
        TrainingEpoch figures = Validate(cancellationToken);
        TuningProgress ended = progress with { History = [.. progress.History, figures] };
        if (KeepsBest && ended.Best != figures)
        {
            mixing?.Undo();
            LoadBest();
            Mix();
        }
        return ended;
    }

    /// <summary>Gives the network the weights to keep, and looks how good they are.</summary>
    private TrainingEpoch Validate(CancellationToken cancellationToken)
    {
        RequireFinite();
        if (!InMiddleOfUpdate) parts.ReleaseGradients();
        NativeMemory.Trim();
        average?.Swap();
        Mix();
        setup.Network.eval();
        try
        {
            Evaluation evaluation = Evaluate(cancellationToken);
            if (!double.IsFinite(evaluation.Loss))
                throw Diverged($"The validation loss is {evaluation.Loss} after step {progress.Step} of epoch {progress.Epoch + 1}");
            TrainingEpoch figures = evaluation.At(new EpochPlace(
                progress.Epoch + 1, progress.LossSum / Math.Max(1, progress.Step), recipe.LearningRate * schedule[Math.Max(0, progress.Updates - 1)],
                Math.Round(Elapsed.TotalSeconds, 2)));
            setup.Listener?.Report(figures);
            losses = evaluation.Losses;
            return figures;
        }
        catch (OperationCanceledException)
        {
            mixing?.Undo();
            average?.Swap();
            throw Stop(cancellationToken);
        }
    }

    private Evaluation Evaluate(CancellationToken cancellationToken)
    {
        Evaluation evaluation = setup.Targets.Evaluate();
        evaluation.Run(setup.Network, setup.Validation, images, precision, recipe.MirrorAverage, cancellationToken);
        return evaluation;
    }

    private void LoadBest()
    {
        CheckpointFolder.LoadWeights(setup.Network.state_dict(), setup.Checkpoints.Best);
        losses = null;
    }

    private void Mix() => mixing?.Mix(recipe.WeightMixing ?? WeightMixing.UsualShare);

    private void Save()
    {
        RequireFinite();
        setup.Checkpoints.Save(
            progress with { Seconds = Elapsed.TotalSeconds }, setup.Network, average, optimizers.Optimizer, InMiddleOfUpdate ? parts.NamedGradients : []);
        lastCheckpoint = clock.Elapsed;
        if (setup.Output is not null) setup.Listener?.Report(new CheckpointSaved(setup.Output));
    }

    private OperationCanceledException Stop(CancellationToken cancellationToken)
    {
        if (setup.Output is null) return new OperationCanceledException(cancellationToken);
        Save();
        return new TrainingStoppedException($"Stopped after step {progress.Step} of epoch {progress.Epoch + 1}, and saved.", setup.Output, cancellationToken);
    }

    private void RequireFinite()
    {
        IEnumerable<KeyValuePair<string, Tensor>> tensors = setup.Network.state_dict();
        if (average is not null) tensors = tensors.Concat(average.Tensors);
        // Scaled ones may be beyond half precision, and are then left out.
        if (InMiddleOfUpdate && precision != TrainingPrecision.Half) tensors = tensors.Concat(parts.NamedGradients);
        if (FiniteTensors.FirstOther(tensors) is string name)
            throw Diverged($"'{name}' holds NaN or infinity after step {progress.Step} of epoch {progress.Epoch + 1}");
    }

    private TrainingException Diverged(string what)
    {
        // Not by ?:, which would make strings of the texts.
        SettingText float32 = "", kept = "";
        if (precision != TrainingPrecision.Float32) float32 = $", {new Setting(nameof(Recipe.TrainPrecision))} float32";
        if (setup.Checkpoints.Any && setup.Output is not null) kept = $" The last checkpoint before it is kept; add {Setting.Overwrite} to start anew in its place.";
        return new TrainingException(
            $"{what}: training has diverged. Try a smaller {new Setting(nameof(Recipe.LearningRate))} (it was at most {recipe.LearningRate}), " +
            $"a {new Setting(nameof(Recipe.ClipNorm))} of 1{float32} or a longer {new Setting(nameof(Recipe.WarmUpEpochs))}.{kept}");
    }

    public void Dispose()
    {
        optimizers.Dispose();
        average?.Dispose();
        mixing?.Dispose();
    }
}
