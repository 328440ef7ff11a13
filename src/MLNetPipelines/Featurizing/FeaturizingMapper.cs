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
        private OneImage? image;

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

            if (!columns.IsAdded(column))
            {
                return input.GetGetter<TValue>(columns.Input[column.Index]);
            }

            image ??= new OneImage(columns, input, featurizer);
            return columns.Choose<TValue>(column, image.GetFeatures, image.GetIsReadable);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                image?.Dispose();
                input.Dispose();
            }

            base.Dispose(disposing);
        }
    }

    /// <summary>
    /// The image of the input's current row: featurized once, whichever getters ask. A row that becomes another changes its position.
    /// </summary>
    private sealed class OneImage(FeatureColumns columns, DataViewRow input, ImageFeaturizer featurizer) : IDisposable
    {
        private readonly RowImages images = RowImages.Create(input, columns.Image, featurizer, capacity: 1);
        private readonly byte[] pixels = new byte[featurizer.Preprocessor.PixelCount];
        private readonly float[] features = new float[featurizer.FeatureCount];
        private long? position;
        private bool isReadable;

        public void GetFeatures(ref VBuffer<float> value) => FeatureColumns.Write(features, Featurize(), ref value);

        public void GetIsReadable(ref bool value) => value = Featurize();

        public void Dispose() => images.Dispose();

        private bool Featurize()
        {
            if (position == input.Position)
            {
                return isReadable;
            }

            position = null;
            images.Read(slot: 0);
            try
            {
                featurizer.Pipeline.RunOne(() => images.Open(slot: 0), pixels, features);
                isReadable = true;
            }
            catch (UnreadableImageException) when (columns.HasReadable)
            {
                isReadable = false;
            }

            position = input.Position;
            return isReadable;
        }
    }
}
