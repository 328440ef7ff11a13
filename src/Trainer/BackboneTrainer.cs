using ResNetMLNet.Backbones;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>Trains image classifiers, of one class or any number of labels, and regressions: a linear head on a backbone's features, or the backbone too.</summary>
public static class BackboneTrainer
{
    /// <summary>Trains on another thread.</summary>
    /// <inheritdoc cref="Train(ImageDataSet, TrainingOptions, IProgress{TrainingEvent}, CancellationToken)"/>
    public static Task<TrainingRun> TrainAsync(
        ImageDataSet data, TrainingOptions? options = null, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default) =>
        Task.Run(() => Train(data, options, progress, cancellationToken), cancellationToken);

    /// <summary>Trains. The same data, options and number of threads give the same bytes.</summary>
    /// <param name="data">The images.</param>
    /// <param name="options">What is trained, and how; null takes the defaults, a head on resnet18_mlnet.</param>
    /// <param name="progress">
    /// Hears of steps, epochs, messages and more, on the training's own threads: <see cref="TrainingEvent.On{T}"/>.
    /// </param>
    /// <param name="cancellationToken">
    /// Stops it, in the middle of an epoch after the step that is under way. With <see cref="TrainingOptions.ResultFolder"/> what was
    /// trained is saved.
    /// </param>
    /// <returns>The model and its figures; to be disposed of.</returns>
    /// <exception cref="TrainingException">
    /// The data cannot be trained on, training diverged, or a result is in the way; the message says what to do.
    /// </exception>
    /// <exception cref="TrainingStoppedException">It was stopped, and goes on with <see cref="TrainingOptions.Resume"/>.</exception>
    /// <exception cref="ArgumentException">There is no such backbone, or there are no such weights.</exception>
    /// <exception cref="InvalidDataException">A weights file is damaged, or the data are not what they should be.</exception>
    /// <exception cref="IOException">A folder or file cannot be read or written, or weights cannot be downloaded.</exception>
    public static TrainingRun Train(
        ImageDataSet data, TrainingOptions? options = null, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new TrainingRun(Run<ClassificationResult>(data, options, progress, cancellationToken));
    }

    /// <summary>Trains a regression on another thread.</summary>
    /// <inheritdoc cref="Train(RegressionDataSet, TrainingOptions, IProgress{TrainingEvent}, CancellationToken)"/>
    public static Task<RegressionRun> TrainAsync(
        RegressionDataSet data, TrainingOptions? options = null, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default) =>
        Task.Run(() => Train(data, options, progress, cancellationToken), cancellationToken);

    /// <summary>
    /// Trains a model that gives a number for an image. The same data, options and number of threads give the same bytes. A head on a frozen
    /// backbone is ridge regression; more is trained by the recipe's <see cref="Recipe.Loss"/>, of values less their mean and in standard
    /// deviations. The model gives values in their own unit.
    /// </summary>
    /// <param name="data">The images.</param>
    /// <param name="options">
    /// What is trained, and how; null takes the defaults, a head on resnet18_mlnet. What is for classes is refused: label smoothing, balanced
    /// epochs and class weights.
    /// </param>
    /// <param name="progress">
    /// Hears of steps, epochs, messages and more, on the training's own threads: <see cref="TrainingEvent.On{T}"/>.
    /// </param>
    /// <param name="cancellationToken">
    /// Stops it, in the middle of an epoch after the step that is under way. With <see cref="TrainingOptions.ResultFolder"/> what was
    /// trained is saved.
    /// </param>
    /// <returns>The model and its figures; to be disposed of.</returns>
    /// <exception cref="TrainingException">
    /// The data cannot be trained on, such as values that are all the same, a setting is for classes, training diverged, or a result is in
    /// the way; the message says what to do.
    /// </exception>
    /// <exception cref="TrainingStoppedException">It was stopped, and goes on with <see cref="TrainingOptions.Resume"/>.</exception>
    /// <exception cref="ArgumentException">There is no such backbone, or there are no such weights.</exception>
    /// <exception cref="InvalidDataException">A weights file is damaged, or the data are not what they should be.</exception>
    /// <exception cref="IOException">A folder or file cannot be read or written, or weights cannot be downloaded.</exception>
    public static RegressionRun Train(
        RegressionDataSet data, TrainingOptions? options = null, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new RegressionRun(Run<RegressionResult>(data.Images, options, progress, cancellationToken));
    }

    /// <summary>Trains a model of labels on another thread.</summary>
    /// <inheritdoc cref="Train(MultiLabelDataSet, TrainingOptions, IProgress{TrainingEvent}, CancellationToken)"/>
    public static Task<MultiLabelRun> TrainAsync(
        MultiLabelDataSet data, TrainingOptions? options = null, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default) =>
        Task.Run(() => Train(data, options, progress, cancellationToken), cancellationToken);

    /// <summary>
    /// Trains a model that gives an image any number of labels, or none. The same data, options and number of threads give the same bytes. A head
    /// on a frozen backbone is a logistic regression for each label; more is trained by binary cross-entropy.
    /// <see cref="TrainingOptions.Thresholds"/> says from which probability on a label is given.
    /// </summary>
    /// <param name="data">The images.</param>
    /// <param name="options">
    /// What is trained, and how; null takes the defaults, a head on resnet18_mlnet. What is for images of one class is refused: other losses,
    /// balanced epochs and class weights.
    /// </param>
    /// <param name="progress">
    /// Hears of steps, epochs, messages and more, on the training's own threads: <see cref="TrainingEvent.On{T}"/>.
    /// </param>
    /// <param name="cancellationToken">
    /// Stops it, in the middle of an epoch after the step that is under way. With <see cref="TrainingOptions.ResultFolder"/> what was
    /// trained is saved.
    /// </param>
    /// <returns>The model and its figures; to be disposed of.</returns>
    /// <exception cref="TrainingException">
    /// The data cannot be trained on, such as images that all have the same labels, a setting is for images of one class, training diverged, or a
    /// result is in the way; the message says what to do.
    /// </exception>
    /// <exception cref="TrainingStoppedException">It was stopped, and goes on with <see cref="TrainingOptions.Resume"/>.</exception>
    /// <exception cref="ArgumentException">There is no such backbone, or there are no such weights.</exception>
    /// <exception cref="InvalidDataException">A weights file is damaged, or the data are not what they should be.</exception>
    /// <exception cref="IOException">A folder or file cannot be read or written, or weights cannot be downloaded.</exception>
    public static MultiLabelRun Train(
        MultiLabelDataSet data, TrainingOptions? options = null, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new MultiLabelRun(Run<MultiLabelResult>(data.Images, options, progress, cancellationToken));
    }

    /// <summary>
    /// Trains once for each fold of the images, on the others, and measures on it: more to go by than one split of few images. Folds have the
    /// same mix of classes, and copies of a file are in one fold. The trainings are for their figures; train once more for the model to use.
    /// </summary>
    /// <param name="data">Images to train on, without others to validate on.</param>
    /// <param name="options">
    /// What is trained, and how; null takes the defaults. The seed chooses the folds too. <see cref="TrainingOptions.ResultFolder"/> and
    /// <see cref="TrainingOptions.LogFolder"/> get a folder for each fold, <c>fold-1</c> and so on; the time limit is each fold's.
    /// </param>
    /// <param name="folds">How many folds, 2 or more.</param>
    /// <param name="progress">Hears of folds and of each training.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="TrainingException">
    /// There are too few images, the data bring images to validate on, or a training says what has to be mended.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static CrossValidation<Metrics> CrossValidate(
        ImageDataSet data, TrainingOptions? options = null, int folds = 5, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new(CrossValidate<ClassificationResult, Metrics>(data, result => result.Metrics, options, folds, progress, cancellationToken));
    }

    /// <inheritdoc cref="CrossValidate(ImageDataSet, TrainingOptions, int, IProgress{TrainingEvent}, CancellationToken)"/>
    public static CrossValidation<RegressionRunMetrics> CrossValidate(
        RegressionDataSet data, TrainingOptions? options = null, int folds = 5, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new(CrossValidate<RegressionResult, RegressionRunMetrics>(
            data.Images, result => result.Metrics, options, folds, progress, cancellationToken));
    }

    /// <inheritdoc cref="CrossValidate(ImageDataSet, TrainingOptions, int, IProgress{TrainingEvent}, CancellationToken)"/>
    public static CrossValidation<MultiLabelRunMetrics> CrossValidate(
        MultiLabelDataSet data, TrainingOptions? options = null, int folds = 5, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new(CrossValidate<MultiLabelResult, MultiLabelRunMetrics>(
            data.Images, result => result.Metrics, options, folds, progress, cancellationToken));
    }

    /// <summary>
    /// Tries learning rates from tiny to huge on the images to train on (Smith 2015, arXiv:1506.01186, section 3.3), and suggests one.
    /// Trains nothing and writes nothing.
    /// </summary>
    /// <inheritdoc cref="Train(ImageDataSet, TrainingOptions, IProgress{TrainingEvent}, CancellationToken)"/>
    /// <returns>The rates and the loss at each.</returns>
    public static LearningRateTrial TryLearningRates(
        ImageDataSet data, TrainingOptions options, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        return new TuningRun(Job(data, options, progress)).TryLearningRates(cancellationToken);
    }

    /// <inheritdoc cref="TryLearningRates(ImageDataSet, TrainingOptions, IProgress{TrainingEvent}, CancellationToken)"/>
    public static LearningRateTrial TryLearningRates(
        RegressionDataSet data, TrainingOptions options, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return TryLearningRates(data.Images, options, progress, cancellationToken);
    }

    /// <inheritdoc cref="TryLearningRates(ImageDataSet, TrainingOptions, IProgress{TrainingEvent}, CancellationToken)"/>
    public static LearningRateTrial TryLearningRates(
        MultiLabelDataSet data, TrainingOptions options, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return TryLearningRates(data.Images, options, progress, cancellationToken);
    }

    /// <summary>Opens a backbone of the catalog as a featurizer: images in, features out.</summary>
    /// <param name="backbone">A name of <see cref="BackboneRegistry.All"/>.</param>
    /// <param name="weights">What it starts with; null is <see cref="InitialWeights.Best"/>.</param>
    /// <param name="options">Device and cache.</param>
    /// <param name="progress">Hears of downloads and messages.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="ArgumentException">There is no such backbone, or there are no such weights.</exception>
    /// <exception cref="IOException">The weights cannot be downloaded; the message says what to do.</exception>
    public static ImageFeaturizer OpenFeaturizer(
        string backbone, InitialWeights? weights = null, FeaturizeImagesOptions? options = null, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        weights ??= InitialWeights.Best;
        using var folder = new ScratchFolder();
        string path = folder[ResultFolder.Backbone];
        var asItIs = new TrainingOptions { Backbone = backbone };
        using (Backbone network = BackboneExport.Create(asItIs, weights, progress, cancellationToken))
        {
            BackboneExport.Write(network, asItIs, path, progress);
            if (weights.IsFresh) progress.Warn(FrozenBackbone.Untrained);
        }
        ImageFeaturizer featurizer = ImageFeaturizer.Open(path, options ?? new FeaturizeImagesOptions());
        progress.Say($"Device: {featurizer.Device}");
        return featurizer;
    }

    private static TMetrics[] CrossValidate<TResult, TMetrics>(
        ImageDataSet data, Func<TResult, TMetrics> metrics, TrainingOptions? options, int folds, IProgress<TrainingEvent>? progress,
        CancellationToken cancellationToken)
        where TResult : TrainingResult
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 2);
        TrainingJob job = Job(data, options, progress);
        if (job.Options.Resume)
            throw new TrainingException($"A cross-validation trains every fold from the start: it cannot go on with {Setting.Resume}.");
        TrainingImages images = TrainingImages.Of(job);
        if (images.Validation is not null)
        {
            string advice = job.Data.Folder is null ? "Leave them out." : $"Name '{job.Data.Folder}' alone.";
            throw new TrainingException($"'{job.Data.Name}' brings images to validate on, and a cross-validation holds out those to train on. {advice}");
        }
        var figures = new List<TMetrics>();
        foreach ((int fold, (IReadOnlyList<LabeledImage> train, IReadOnlyList<LabeledImage> validation)) in
            ImageFolds.Of(images.Train, job.Task, folds, job.Seed, cancellationToken).Index())
        {
            progress?.Report(new FoldStarted(fold + 1, folds));
            TrainingOptions training = job.Options with
            {
                ResultFolder = Folder(job.Options.ResultFolder),
                LogFolder = Folder(job.Options.LogFolder),
            };
            using var part = ImageDataSet.Of(job.Task, train, validation, job.Data.Name);
            using TrainedOutput<TResult> output = Run<TResult>(part, training, progress, cancellationToken);
            figures.Add(metrics(output.Result));

            string? Folder(string? parent) => parent is null ? null : Path.Combine(parent, FormattableString.Invariant($"fold-{fold + 1}"));
        }
        return [.. figures];
    }

    private static TrainedOutput<T> Run<T>(
        ImageDataSet data, TrainingOptions? options, IProgress<TrainingEvent>? progress, CancellationToken cancellationToken)
        where T : TrainingResult
    {
        TrainingJob job = Job(data, options, progress);
        if (job.Options.LogFolder is not null && job.Tune != Tune.Head)
            job = job with { Progress = new TrainingLog(job.Options, progress) };
        ScratchFolder? scratch = job.Options.ResultFolder is null ? new ScratchFolder() : null;
        try
        {
            string folder = job.Options.ResultFolder ?? scratch!["result"];
            bool keep = scratch is not null;
            var results = new ResultFolder(folder, job.Options.Overwrite || job.Options.Resume);
            try
            {
                TrainingResult result = job.Tune == Tune.Head
                    ? HeadTraining.Run(job, results, cancellationToken)
                    : new TuningRun(job).Run(results, cancellationToken);
                try
                {
                    string backbone = results[ResultFolder.Backbone];
                    if (keep)
                    {
                        // Save takes it from there: a result in a folder that is gone later says nothing to anybody.
                        File.Move(backbone, scratch![ResultFolder.Backbone]);
                        backbone = scratch[ResultFolder.Backbone];
                    }
                    else
                    {
                        result.Write(results, backbone, cancellationToken);
                        results.Commit();
                        backbone = Path.Combine(results.Location, ResultFolder.Backbone);
                    }
                    return new TrainedOutput<T>((T)result, backbone, scratch);
                }
                catch
                {
                    result.Dispose();
                    throw;
                }
            }
            finally
            {
                results.Dispose();
                if (keep && Directory.Exists(folder)) Directory.Delete(folder, recursive: true); // checkpoints
            }
        }
        catch
        {
            scratch?.Dispose();
            throw;
        }
    }

    private static TrainingJob Job(ImageDataSet data, TrainingOptions? options, IProgress<TrainingEvent>? progress)
    {
        ImageDataSet resolved = data.Resolved(progress);
        var job = new TrainingJob(resolved, options ?? new TrainingOptions(), progress);
        job.Check();
        if (job.Options is { ResultFolder: string output, Resume: false } && resolved.Folder is not null)
            OutputPlace.RequireOutside(output, resolved.Folder, resolved.ValidationFolder);
        if (job.Options.LogFolder is string log && resolved.Folder is not null)
            OutputPlace.RequireOutside(log, resolved.Folder, resolved.ValidationFolder);
        return job;
    }
}
