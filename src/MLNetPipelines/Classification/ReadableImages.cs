using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Labelled images on their way to a trainer: featurized, checked, and those that cannot be read told apart.</summary>
internal sealed class ReadableImages
{
    private const string Features = nameof(LabeledFeatures.Features);

    private readonly MLContext mlContext;
    private readonly ImageClassificationOptions options;
    private readonly List<ImageFeatures> leftOut = [];

    // Rows are read again, and in another order, by trainers that shuffle: only the first time counts.
    private bool isSealed;

    public ReadableImages(MLContext mlContext, ImageFeaturizingTransformer featurizing, IDataView input, ImageClassificationOptions options)
    {
        this.mlContext = mlContext;
        this.options = options;
        ImageFeaturizer featurizer = featurizing.Featurizer;
        FeatureColumns columns = new(input.Schema, Features, featurizing.InputColumnName, featurizer.FeatureCount,
            UnreadableImages.UseDefault);
        IDataView view = new FeaturizedDataView(input, columns, featurizer, Note);
        View = options.CacheInMemory ? mlContext.Data.Cache(view) : view;
    }

    /// <summary>The input's columns, features, and which images could be read.</summary>
    public IDataView View { get; }

    /// <summary>The images that could not be read; known once <see cref="Check"/> is through.</summary>
    public IReadOnlyList<ImageFeatures> LeftOut => leftOut;

    /// <summary>Reads all labels and images once.</summary>
    /// <param name="keyed"><see cref="View"/> with labels that are keys.</param>
    /// <exception cref="InvalidDataException">A label is empty, none of the images of a class can be read, or there are fewer than two
    /// classes.</exception>
    public void Check(IDataView keyed)
    {
        DataViewSchema.Column label = keyed.Schema[options.LabelColumnName];
        SortedDictionary<uint, int> images = [];
        string[]? names = ClassNames.OfKeys(label);

        // Features are asked for along with the rest, since the cache in memory computes once what is asked for at once.
        using (DataViewRowCursor cursor =
            keyed.GetRowCursor([label, keyed.Schema[Features], keyed.Schema[nameof(ReadableRow.FeaturesIsReadable)]]))
        {
            ValueGetter<bool> getReadable = cursor.GetGetter<bool>(keyed.Schema[nameof(ReadableRow.FeaturesIsReadable)]);
            ValueGetter<uint> getKey = cursor.GetGetter<uint>(label);
            while (cursor.MoveNext())
            {
                (bool isReadable, uint key) = (false, 0);
                getReadable(ref isReadable);
                getKey(ref key);
                if (key == 0)
                {
                    throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                        $"The image in row {cursor.Position} has an empty label (column '{options.LabelColumnName}'). Give every image a "
                            + $"class, or leave the row out."));
                }

                images[key] = images.GetValueOrDefault(key) + (isReadable ? 1 : 0);
            }
        }

        Seal();
        string NameOf(uint key) => names?[key - 1] ?? (key - 1).ToString(CultureInfo.InvariantCulture);
        if (images.Count == 0) throw new InvalidDataException("There are no images to train on.");
        if (images.FirstOrDefault(entry => entry.Value == 0) is { Key: > 0 and uint unread })
        {
            throw new InvalidDataException(
                $"None of the images of class '{NameOf(unread)}' can be read. The first image that cannot be read is '{leftOut[0].Path}': "
                    + $"it {leftOut[0].Error}.");
        }

        if (images.Count == 1)
            throw new InvalidDataException(
                $"All images are of class '{NameOf(images.Keys.Single())}'. A classifier needs two classes at least.");
    }

    /// <summary>The rows whose images could be read.</summary>
    public IDataView Readable(IDataView keyed)
    {
        if (leftOut.Count == 0) return keyed;
        return mlContext.Data.FilterByCustomPredicate<ReadableRow>(keyed, row => !row.FeaturesIsReadable);
    }

    private void Seal()
    {
        lock (leftOut) isSealed = true;
    }

    private void Note(long row, UnreadableImageException error)
    {
        lock (leftOut)
        {
            if (!isSealed) leftOut.Add(new ImageFeatures(error.Path ?? string.Create(CultureInfo.InvariantCulture, $"row {row}"), null,
                error.Reason));
        }
    }

    private sealed class ReadableRow
    {
        public bool FeaturesIsReadable { get; set; }
    }
}
