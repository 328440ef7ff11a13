using System.Globalization;
using Microsoft.ML;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>A linear head, and how good it is on the images to validate on.</summary>
internal abstract record HeadModel
{
    public required ITransformer Head { get; init; }

    /// <summary>What reads the features before it does.</summary>
    public virtual IEnumerable<ITransformer> Before => [];

    /// <summary>How it was fitted; null where it was trained with the backbone.</summary>
    public HeadSettings? Settings { get; init; }

    /// <summary>The validation's figures, for a message.</summary>
    public abstract string Figures { get; }

    /// <summary>Its numbers, in the labels' own unit.</summary>
    /// <param name="outputs">How many rows there have to be.</param>
    public abstract LinearHead? Linear(int outputs);
}

/// <summary>A head that tells classes.</summary>
internal sealed record ClassifierModel : HeadModel
{
    public required ClassificationReport Report { get; init; }

    /// <summary>[N][classes]: what the report is of, where another network gave a part of it; null where all is this head's.</summary>
    public IReadOnlyList<float[]>? Probabilities { get; init; }

    /// <summary>Tells images of other things from those of the classes; null for a head that a tuning starts with.</summary>
    public UnknownScore? Unknown { get; init; }

    /// <summary>How its probabilities were scaled; null where they were not.</summary>
    public TemperatureScaling? Scaling { get; init; }

    /// <summary>What it makes of the images to validate on.</summary>
    public KnownImages? Known { get; init; }

    public override IEnumerable<ITransformer> Before =>
        Unknown is null ? [] : [new UnknownScoringTransformer(Unknown, nameof(LabeledFeatures.Features))];

    public override string Figures =>
        string.Create(CultureInfo.InvariantCulture, $"validation accuracy {Report.Accuracy:F3}, log-loss {Report.LogLoss:F3}");

    public override LinearHead? Linear(int outputs) => LinearHead.Of((IEnumerable<ITransformer>)Head, outputs);
}

/// <summary>A head that gives labels.</summary>
internal sealed record LabelerModel : HeadModel
{
    public required MultiLabelHead Labeler { get; init; }

    /// <summary>What the images to validate on are given, in their order, [N][labels].</summary>
    public required IReadOnlyList<float[]> Probabilities { get; init; }

    public required MultiLabelReport Report { get; init; }

    public override string Figures => $"validation {FigureText.Of(Report)}";

    public override LinearHead? Linear(int outputs) => Labeler.Labels.Count == outputs ? Labeler.Numbers : null;
}

/// <summary>A head that gives numbers.</summary>
internal sealed record RegressorModel : HeadModel
{
    public required LinearHead Numbers { get; init; }

    /// <summary>What the images to validate on are given, in their order.</summary>
    public required IReadOnlyList<double> Predicted { get; init; }

    public required RegressionReport Report { get; init; }

    public override string Figures => $"validation {FigureText.Of(Report)}";

    public override LinearHead? Linear(int outputs) => Numbers;
}
