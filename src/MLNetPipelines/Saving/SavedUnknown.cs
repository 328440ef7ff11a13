using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Makes a score of how unlike the training images an image is, of the linear functions that a step before it computes.</summary>
[CustomMappingFactoryAttribute(ContractName)]
internal sealed class SavedUnknown : CustomMappingFactory<SavedUnknownValues, SavedUnknownScore>
{
    /// <summary>Stands in saved models: it never changes.</summary>
    public const string ContractName = "resnetmlnet.unknown.v1";

    public override Action<SavedUnknownValues, SavedUnknownScore> GetMapping() => (row, output) =>
    {
        output.UnknownScore = UnknownScore.Combine([.. row.Unit.DenseValues()], [.. row.Score.DenseValues()]);
        output.IsKnown = UnknownScore.IsKnown(output.UnknownScore);
    };
}

/// <summary>What that step reads.</summary>
internal sealed class SavedUnknownValues
{
    [ColumnName(SavedColumns.Unit)]
    public VBuffer<float> Unit { get; set; }

    [ColumnName("Score")]
    public VBuffer<float> Score { get; set; }
}

/// <summary>What it writes.</summary>
internal sealed class SavedUnknownScore
{
    [ColumnName(UnknownScoringTransformer.ScoreColumn)]
    public float UnknownScore { get; set; }

    [ColumnName(UnknownScoringTransformer.KnownColumn)]
    public bool IsKnown { get; set; }
}
