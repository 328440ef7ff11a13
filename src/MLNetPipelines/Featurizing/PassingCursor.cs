using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>A cursor for those who ask for everything but the features: it decodes nothing.</summary>
internal sealed class PassingCursor(FeatureColumns columns, DataViewRowCursor source) : DataViewRowCursor
{
    public override DataViewSchema Schema => columns.Output;

    public override long Position => source.Position;

    public override long Batch => source.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) =>
        !columns.IsAdded(column) && source.IsColumnActive(columns.Input[column.Index]);

    public override bool MoveNext() => source.MoveNext();

    public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => IsColumnActive(column)
        ? source.GetGetter<TValue>(columns.Input[column.Index])
        : throw FeatureColumns.Inactive(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
        }

        base.Dispose(disposing);
    }
}
