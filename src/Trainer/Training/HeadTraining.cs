using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Data;
using ResNetMLNet.Trainer.Reports;

namespace ResNetMLNet.Trainer;

/// <summary>Trains a linear head on a backbone's frozen features and writes the model that a business app loads.</summary>
internal sealed record HeadTraining
{
    private const double ValidationFraction = 0.2;

    public required string Folder { get; init; }

    /// <summary>Images to validate on; without it a fifth of each class is held back.</summary>
    public string? Validation { get; init; }

    public required string Backbone { get; init; }

    public string? Weights { get; init; }

    public required int Seed { get; init; }

    public required ClassificationHeadOptions Head { get; init; }

    public required bool Strict { get; init; }

    public required FeaturizeImagesOptions Featurizing { get; init; }

    /// <summary>Runs it and writes model, backbone and metrics.</summary>
    public Metrics Run(ResultFolder results, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        IReadOnlyList<LabeledImage> images = ImageFolder.List(Folder);
        RequireTwoClasses(images);
        IReadOnlyList<LabeledImage>? validationImages = Validation is null ? null : ImageFolder.List(Validation);

        string weights = ExportBackbone(results[ResultFolder.Backbone]);
        var mlContext = new MLContext(Seed);
        using ImageFeaturizingTransformer featurizing = mlContext.Transforms
            .FeaturizeImages(nameof(LabeledFeatures.Features), nameof(LabeledImage.ImagePath), results[ResultFolder.Backbone], Featurizing)
            .Fit(mlContext.Data.LoadFromEnumerable(images));
        Terminal.Say($"Device: {featurizing.Featurizer.Device}");

        FeaturizedImages first = FeaturizedImages.Of(featurizing.Featurizer, images, Strict, cancellationToken);
        FeaturizedImages? second = validationImages is null ? null : FeaturizedImages.Of(featurizing.Featurizer, validationImages, Strict, cancellationToken);
        (IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation) = second is null
            ? StratifiedSplit.Of(first.Images, image => image.Label, ValidationFraction, Seed)
            : (first.Images, second.Images);
        ITransformer head = ClassificationHead.Fit(mlContext, train, Head);
        ClassificationReport report = ClassificationReport.Of(mlContext, head, validation);
        cancellationToken.ThrowIfCancellationRequested();

        var model = new TransformerChain<ITransformer>(featurizing, head);
        SkippedImage[] skipped = [.. first.Skipped, .. second?.Skipped ?? []];
        mlContext.Model.SaveImageModel(model, mlContext.Data.LoadFromEnumerable<ImageToClassify>([]).Schema, results[ResultFolder.Model]);
        Metrics metrics = Metrics.Of(report, featurizing.Featurizer, skipped, train.Count, clock.Elapsed) with { Weights = weights, Seed = Seed };
        File.WriteAllText(results[ResultFolder.Metrics], Terminal.ToJson(metrics));
        IReadOnlyList<DataProblem> problems = DataProblems.Find(train, validation, skipped, cancellationToken);
        // It is the featurizer's again, which is disposed of above.
        var classifier = ImageClassifier.Of(model);
        results.Write(RunReport.Of(Describe(results.Name, weights, problems), classifier, metrics, validation, cancellationToken));
        results.Commit();
        return metrics;
    }

    private RunDescription Describe(string output, string weights, IReadOnlyList<DataProblem> problems) => new()
    {
        Title = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder))),
        Model = output,
        Command = CommandText.Of("train",
        [
            Folder, .. CommandText.Option("--validation", Validation), "--backbone", Backbone, .. CommandText.Option("--weights", Weights),
            .. CommandText.Option("--class-weights", Head.ClassWeights == ClassWeights.None ? null : "balanced"), "--seed", $"{Seed}", "--output", output,
        ]),
        Configuration =
        [
            ("trained on", Folder),
            ("validated on", Validation ?? $"a fifth of each class, held back by seed {Seed}"),
            ("backbone", Backbone),
            ("weights", weights),
            ("trained part", "a linear head (multinomial logistic regression on features of unit length); the backbone is frozen"),
            ("class weights", Head.ClassWeights == ClassWeights.None ? "none" : "balanced"),
            ("seed", $"{Seed}"),
        ],
        Problems = problems,
    };

    private string ExportBackbone(string path)
    {
        // Its features are what the head is trained on, so any number of classes is as good.
        using Backbone backbone = BackboneRegistry.Create(Backbone, Weights, classes: 0);
        OnnxExporter.Export(backbone, path);
        Terminal.Say($"Backbone: {Backbone}, weights: {backbone.WeightsOrigin}");
        return backbone.WeightsOrigin;
    }

    // Before minutes are spent on features.
    private void RequireTwoClasses(IReadOnlyList<LabeledImage> images)
    {
        if (images.Select(image => image.Label).Distinct().ToArray() is [string only])
            throw new UserException($"'{Folder}' has one class, '{only}'. A classifier needs two at least: a folder for each.");
    }

    /// <summary>What the model takes; it gives PredictedLabel and Score.</summary>
    private sealed class ImageToClassify
    {
        public string ImagePath { get; set; } = "";
    }
}
