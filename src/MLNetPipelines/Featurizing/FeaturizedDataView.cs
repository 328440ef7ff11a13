using Microsoft.ML;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Data with the features of their images behind them, computed while a cursor that asks for them moves.</summary>
/// <param name="source">The data.</param>
/// <param name="columns">The schema on both sides.</param>
/// <param name="featurizer">Featurizes.</param>
/// <param name="note">Is told each row whose image cannot be read, as a cursor comes to it.</param>
internal sealed class FeaturizedDataView(
    IDataView source, FeatureColumns columns, ImageFeaturizer featurizer, Action<long, UnreadableImageException>? note = null) : IDataView
{
    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => columns.Output;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        List<DataViewSchema.Column> needed = [.. columnsNeeded];
        DataViewRowCursor rows = source.GetRowCursor(columns.SourceOf(needed), rand);
        return needed.Exists(columns.IsAdded)
            ? new FeaturizingCursor(columns, rows, needed.Where(column => !columns.IsAdded(column)), featurizer, note)
            : new PassingCursor(columns, rows);
    }

    // One cursor keeps all cores busy by itself.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}
