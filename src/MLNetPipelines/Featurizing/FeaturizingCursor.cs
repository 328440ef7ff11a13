using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A cursor that reads some batches of rows ahead of the one that it stands on. The rows' other active columns wait in buffers.
/// </summary>
internal sealed class FeaturizingCursor : DataViewRowCursor
{
    private readonly FeatureColumns columns;
    private readonly DataViewRowCursor source;
    private readonly Dictionary<int, ColumnBuffer> buffers;
    private readonly ValueBuffer<DataViewRowId> ids;
    private readonly RowImages images;
    private readonly int capacity;
    private readonly IEnumerator<Featurized<int>> rows;
    private readonly Action<long, UnreadableImageException>? note;
    private long position = -1;
    private bool disposed;

    /// <param name="columns">The schema on both sides.</param>
    /// <param name="source">
    /// The rows; the image column is active, and so are those of <paramref name="active"/>. Disposed of with this.
    /// </param>
    /// <param name="active">The other columns of the output that are asked for.</param>
    /// <param name="featurizer">Featurizes.</param>
    /// <param name="note">Is told each row whose image cannot be read.</param>
    public FeaturizingCursor(
        FeatureColumns columns, DataViewRowCursor source, IEnumerable<DataViewSchema.Column> active, ImageFeaturizer featurizer,
        Action<long, UnreadableImageException>? note = null)
    {
        this.note = note;
        this.columns = columns;
        this.source = source;
        List<DataViewSchema.Column> passed = [.. active.Select(column => columns.Input[column.Index]).DistinctBy(column => column.Index)];
        bool holdsImages = passed.Exists(column => ImageInputs.Of(column.Type) == ImageInput.Decoded);
        capacity = featurizer.Pipeline.Capacity(holdsImages);
        buffers = passed.ToDictionary(column => column.Index, column => ColumnBuffer.Create(source, column, capacity));
        ids = new ValueBuffer<DataViewRowId>(source.GetIdGetter(), capacity);
        images = RowImages.Create(source, columns.Image, featurizer, capacity);
        rows = featurizer.Pipeline.Run(ReadRows(), images.Open, CancellationToken.None, holdsImages).GetEnumerator();
    }

    public override DataViewSchema Schema => columns.Output;

    public override long Position => position;

    public override long Batch => 0;

    public override bool IsColumnActive(DataViewSchema.Column column) => columns.IsAdded(column) || buffers.ContainsKey(column.Index);

    public override bool MoveNext()
    {
        if (!disposed && rows.MoveNext())
        {
            position++;
            if (rows.Current.Error is { } error) note?.Invoke(position, error);
            return true;
        }

        position = -1;
        return false;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => ids.Get(Slot(), ref value);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (columns.IsAdded(column))
        {
            return columns.Choose<TValue>(column, GetFeatures, GetIsReadable);
        }

        if (!buffers.TryGetValue(column.Index, out ColumnBuffer? buffer))
        {
            throw FeatureColumns.Inactive(column);
        }

        ColumnBuffer<TValue> typed = buffer as ColumnBuffer<TValue> ?? throw FeatureColumns.WrongGetter(column, typeof(TValue));
        return (ref TValue value) => typed.Get(Slot(), ref value);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !disposed)
        {
            disposed = true;
            position = -1;
            rows.Dispose();
            images.Dispose();
            foreach (ColumnBuffer buffer in buffers.Values) buffer.Dispose();
            source.Dispose();
        }

        base.Dispose(disposing);
    }

    private IEnumerable<int> ReadRows()
    {
        for (int slot = 0; source.MoveNext(); slot = (slot + 1) % capacity)
        {
            images.Read(slot);
            ids.Read(slot);
            foreach (ColumnBuffer buffer in buffers.Values)
            {
                buffer.Read(slot);
            }

            yield return slot;
        }
    }

    private void GetFeatures(ref VBuffer<float> value)
    {
        Slot();
        if (rows.Current.Error is { } error && !columns.HasReadable)
        {
            throw error.Path is null ? error.InRow(position) : error;
        }

        FeatureColumns.Write(rows.Current.Features.Span, rows.Current.Error is null, ref value);
    }

    private void GetIsReadable(ref bool value)
    {
        Slot();
        value = rows.Current.Error is null;
    }

    private int Slot() => position >= 0
        ? rows.Current.Image
        : throw new InvalidOperationException(
            "The cursor is not on a row: call MoveNext first, and ask for values only while it returns true.");
}
