using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>A trained regression.</summary>
internal sealed class RegressionResult : TrainingResult
{
    private RegressionResult(ResultParts parts, RegressorModel model, RegressionRunMetrics metrics) : base(parts) =>
        (Head, Metrics) = (model, metrics);

    public RegressionReport Figures => Head.Report;

    /// <summary>The head in numbers, in the values' unit.</summary>
    public LinearHead Numbers => Head.Numbers;

    public RegressionRunMetrics Metrics { get; }

    protected override RunMetrics RunMetrics => Metrics;

    protected override string HeadKind => "ridge regression";

    protected override string HeldBackOf => "of the images";

    // Another one is a difference from the usual recipe, and is listed with those.
    protected override IEnumerable<(string Name, string Value)> Settings =>
        Parts.Trained is null || Parts.Job.Recipe.Loss != LossKind.MeanSquaredError ? [] : [("loss", "mean-squared-error")];

    private RegressorModel Head { get; }

    /// <summary>Measures a result, which owns what it consists of from then on.</summary>
    public static RegressionResult Of(ResultParts parts, CancellationToken cancellationToken)
    {
        FittedHead head = parts.Head;
        var model = (RegressorModel)head.Model;
        (IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation) = parts.Unlearned;
        RegressionRunMetrics metrics = parts.Complete(RegressionRunMetrics.Of(
            model.Report, RegressionTask.Values(head.Train), head.Featurizing.Featurizer, parts.Skipped, parts.Elapsed)) with
        {
            Problems =
            [
                .. ResultProblems.Find(model.Report),
                .. DataProblems.FindWithValues(train, validation, parts.Skipped, !parts.Job.Weights.IsFresh, cancellationToken),
            ],
        };
        return new RegressionResult(parts, model, metrics);
    }

    protected override IRunReport Report(RunDescription run, CancellationToken cancellationToken) =>
        RegressionRunReport.Of(run, Metrics, Parts.Head.Validation, Head.Predicted, cancellationToken);
}
