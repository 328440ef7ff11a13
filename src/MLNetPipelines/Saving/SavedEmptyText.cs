using Microsoft.ML.Transforms;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A column of empty texts. A custom step has no parameters, so the settings reach it as a column; ML.NET's expressions make a constant
/// column, but only as a function of another, and not of bytes or images.
/// </summary>
[CustomMappingFactoryAttribute(ContractName)]
internal sealed class SavedEmptyText : CustomMappingFactory<SavedNoColumns, SavedNothing>
{
    /// <summary>Stands in saved models: it never changes.</summary>
    public const string ContractName = "resnetmlnet.empty-text.v1";

    public override Action<SavedNoColumns, SavedNothing> GetMapping() => (_, output) => output.Nothing = "";
}
