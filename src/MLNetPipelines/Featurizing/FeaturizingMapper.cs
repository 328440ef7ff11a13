using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>One row at a time, as a PredictionEngine wants it.</summary>
internal sealed class FeaturizingMapper(FeatureColumns columns, ImageFeaturizer featurizer) : IRowToRowMapper
{
    public DataViewSchema InputSchema => columns.Input;

    public DataViewSchema OutputSchema => columns.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        columns.SourceOf(dependingColumns);

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) =>
        new Row(columns, input, [.. activeColumns.Select(column => column.Index)], featurizer);

    private sealed class Row(FeatureColumns columns, DataViewRow input, HashSet<int> active, ImageFeaturizer featurizer) : DataViewRow
    {
        public override DataViewSchema Schema => columns.Output;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!IsColumnActive(column))
            {
                throw FeatureColumns.Inactive(column);
            }

            return !columns.IsFeatures(column)
                ? input.GetGetter<TValue>(columns.Input[column.Index])
                : MakeGetter() as ValueGetter<TValue> ?? throw FeatureColumns.WrongGetter(column, typeof(TValue));
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                input.Dispose();
            }

            base.Dispose(disposing);
        }

        private ValueGetter<VBuffer<float>> MakeGetter()
        {
            RowImages images = new(input, columns.Image, featurizer.Preprocessor, capacity: 1);
            byte[] pixels = new byte[featurizer.Preprocessor.PixelCount];
            float[] features = new float[featurizer.FeatureCount];
            return (ref VBuffer<float> value) =>
            {
                images.Read(slot: 0);
                featurizer.FeaturizeOne(0, images.Load, pixels, features);
                VBufferEditor<float> editor = VBufferEditor.Create(ref value, features.Length);
                features.CopyTo(editor.Values);
                value = editor.Commit();
            };
        }
    }
}
