using ResNetMLNet.Backbones.Weights;

namespace ResNetMLNet.Trainer;

/// <summary>
/// What a training reports while it runs. <see cref="On{T}"/> hears of one kind: <c>TrainingEvent.On&lt;EpochRecord&gt;(Show)</c>.
/// </summary>
public abstract record TrainingEvent
{
    private protected TrainingEvent()
    {
    }

    /// <summary>Calls an action for events of one kind, at once and on the training's own thread.</summary>
    public static IProgress<TrainingEvent> On<T>(Action<T> action) where T : TrainingEvent
    {
        ArgumentNullException.ThrowIfNull(action);
        return new Listener<T>(action);
    }

    private sealed class Listener<T>(Action<T> action) : IProgress<TrainingEvent> where T : TrainingEvent
    {
        public void Report(TrainingEvent value)
        {
            if (value is T wanted) action(wanted);
        }
    }
}

/// <summary>A step of the optimizer's, or a part of one where gradients are accumulated, was done.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Epochs">Epochs that are to be trained.</param>
/// <param name="Step">From 1 in its epoch.</param>
/// <param name="Steps">Steps of an epoch.</param>
/// <param name="Images">Images of the step.</param>
/// <param name="Loss">Their mean loss.</param>
/// <param name="LearningRate">Of the last stage.</param>
public sealed record StepRecord(int Epoch, int Epochs, int Step, int Steps, int Images, double Loss, double LearningRate) : TrainingEvent;

/// <summary>Something that a person may want to know.</summary>
/// <param name="Text">Whole sentences.</param>
/// <param name="IsWarning">Whether it must not be overlooked.</param>
public sealed record TrainingMessage(SettingText Text, bool IsWarning = false) : TrainingEvent;

/// <summary>Work on many images goes on.</summary>
/// <param name="What">The work, such as "Featurizing".</param>
/// <param name="Done">Images that are done.</param>
/// <param name="Total">Images in all.</param>
public sealed record WorkProgress(string What, int Done, int Total) : TrainingEvent;

/// <summary>Public weights are being downloaded.</summary>
/// <param name="Name">The set.</param>
/// <param name="Progress">How far it is.</param>
public sealed record WeightsDownload(string Name, DownloadProgress Progress) : TrainingEvent;

/// <summary>Data folders were listed.</summary>
/// <param name="Entries">Files and folders that are not images.</param>
public sealed record FoldersListed(IReadOnlyList<MLNetPipelines.PassedOver> Entries) : TrainingEvent;

/// <summary>Images could not be read, and are left out.</summary>
/// <param name="Images">Which, and why.</param>
public sealed record ImagesSkipped(IReadOnlyList<SkippedImage> Images) : TrainingEvent;

/// <summary>Features of images came from the cache.</summary>
/// <param name="Hits">Images whose features did.</param>
/// <param name="Images">All images.</param>
public sealed record CacheUsed(long Hits, int Images) : TrainingEvent;

/// <summary>The weights move from now on, and what is reached is saved when the training is stopped; or they do not any more.</summary>
/// <param name="Running">Whether they move.</param>
public sealed record OptimizationPhase(bool Running) : TrainingEvent;

/// <summary>A training has saved itself, and can go on from here.</summary>
/// <param name="Folder">Its folder of results, as it was named.</param>
public sealed record CheckpointSaved(string Folder) : TrainingEvent;

/// <summary>A fold of a cross-validation comes next.</summary>
/// <param name="Number">The fold that is held out, from 1.</param>
/// <param name="Count">Folds in all.</param>
public sealed record FoldStarted(int Number, int Count) : TrainingEvent;

/// <summary>A backbone of a sweep comes next.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Count">Backbones of the sweep.</param>
/// <param name="Run">What is known of it: a run that is done already is not done again.</param>
public sealed record SweepRunStarted(int Number, int Count, SweepRun Run) : TrainingEvent;

/// <summary>A backbone of a sweep was tried.</summary>
/// <param name="Run">What became of it.</param>
/// <param name="Metrics">Its figures; null where it failed.</param>
/// <param name="Done">Backbones that are done.</param>
/// <param name="Count">Backbones of the sweep.</param>
public sealed record SweepRunEnded(SweepRun Run, Metrics? Metrics, int Done, int Count) : TrainingEvent;
