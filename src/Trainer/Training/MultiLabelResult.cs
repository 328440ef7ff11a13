using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>A trained model that gives an image any number of labels.</summary>
internal sealed class MultiLabelResult : TrainingResult
{
    private MultiLabelResult(ResultParts parts, LabelerModel model, MultiLabelRunMetrics metrics) : base(parts) => (Head, Metrics) = (model, metrics);

    public MultiLabelReport Figures => Head.Report;

    /// <summary>The head in numbers, with its labels and thresholds.</summary>
    public MultiLabelHead Labeler => Head.Labeler;

    public MultiLabelRunMetrics Metrics { get; }

    protected override RunMetrics RunMetrics => Metrics;

    protected override string HeadKind => "a logistic regression for each label";

    protected override string HeldBackOf => "of the images with each label";

    protected override IEnumerable<(string Name, string Value)> Settings => [("thresholds", $"{Parts.Job.Options.Thresholds}")];

    private LabelerModel Head { get; }

    /// <summary>Measures a result, which owns what it consists of from then on.</summary>
    public static MultiLabelResult Of(ResultParts parts, CancellationToken cancellationToken)
    {
        FittedHead head = parts.Head;
        var model = (LabelerModel)head.Model;
        (IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation) = parts.Unlearned;
        MultiLabelRunMetrics metrics = parts.Complete(MultiLabelRunMetrics.Of(
            model.Report, head.Featurizing.Featurizer, parts.Skipped, head.Train.Count, parts.Elapsed)) with
        {
            Problems =
            [
                .. ResultProblems.Find(model.Report, MultiLabelTask.Sets(head.Validation).SelectMany(labels => labels)),
                .. DataProblems.FindWithLabels(train, validation, parts.Skipped, !parts.Job.Weights.IsFresh, cancellationToken),
            ],
        };
        return new MultiLabelResult(parts, model, metrics);
    }

    protected override IRunReport Report(RunDescription run, CancellationToken cancellationToken) =>
        MultiLabelRunReport.Of(run, Metrics, Parts.Head.Validation, Head.Probabilities, cancellationToken);
}
