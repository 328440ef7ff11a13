using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>A trained classifier.</summary>
internal sealed class ClassificationResult : TrainingResult
{
    private ClassificationResult(ResultParts parts, ClassificationReport figures, Metrics metrics) : base(parts) =>
        (Figures, Metrics) = (figures, metrics);

    public ClassificationReport Figures { get; }

    public Metrics Metrics { get; }

    protected override RunMetrics RunMetrics => Metrics;

    protected override string HeadKind => "multinomial logistic regression";

    protected override string HeldBackOf => "of each class";

    protected override IEnumerable<(string Name, string Value)> Settings =>
        [("class weights", Parts.Job.Head.ClassWeights == ClassWeights.None ? "none" : "balanced")];

    /// <summary>Measures a result, which owns what it consists of from then on.</summary>
    public static ClassificationResult Of(ResultParts parts, CancellationToken cancellationToken)
    {
        FittedHead head = parts.Head;
        ClassificationReport report = ((ClassifierModel)head.Model).Report;
        (IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation) = parts.Unlearned;
        bool pretrained = !parts.Job.Weights.IsFresh, balanced = parts.Job.Head.ClassWeights == ClassWeights.Balanced;
        Metrics metrics = parts.Complete(Metrics.Of(report, head.Featurizing.Featurizer, parts.Skipped, head.Train.Count, parts.Elapsed)) with
        {
            Known = ((ClassifierModel)head.Model).Known,
            TemperatureScaling = ((ClassifierModel)head.Model).Scaling,
            Problems =
            [
                .. ClassSets.Problems(parts.Images.Classes, report.Classes, head.Validation.Select(image => image.Label)),
                .. ResultProblems.Find(report, balanced),
                .. DataProblems.Find(train, validation, parts.Skipped, pretrained, balanced, cancellationToken),
            ],
        };
        return new ClassificationResult(parts, report, metrics);
    }

    protected override IRunReport Report(RunDescription run, CancellationToken cancellationToken)
    {
        var classifier = ImageClassifier.Of(Model); // the featurizer's again, which its owner disposes of
        IReadOnlyList<LabeledFeatures> images = Parts.Head.Validation;
        IReadOnlyList<PredictedImage> predictions = ((ClassifierModel)Parts.Head.Model).Probabilities is { } probabilities
            ? PredictedImage.Of(Figures.Classes, images, probabilities)
            : PredictedImage.Of(classifier, images);
        return RunReport.Of(run, classifier, Metrics, images, predictions, cancellationToken);
    }
}
