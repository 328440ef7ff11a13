using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The names of the classes, between text and ML.NET's keys.</summary>
internal static class ClassNames
{
    /// <summary>A view of one text column, as MapValueToKey takes it: the first name gets key 1.</summary>
    public static IDataView ToDataView(MLContext mlContext, IEnumerable<string> classes) =>
        mlContext.Data.LoadFromEnumerable(classes.Select(name => new Row { Name = name }));

    /// <summary>The classes of a classifier's scores, in their order.</summary>
    /// <param name="scored">What a classifier gave.</param>
    /// <exception cref="InvalidDataException">It has no scores with the names of classes.</exception>
    public static string[] Of(DataViewSchema scored)
    {
        if (scored.GetColumnOrNull("Score") is not { } score || !score.HasSlotNames())
            throw new InvalidDataException("The model is no image classifier: it gives no 'Score' with the names of its classes.");
        VBuffer<ReadOnlyMemory<char>> names = default;
        score.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    /// <summary>Refuses images of classes that nothing was trained on.</summary>
    /// <param name="labels">Of the images to validate on.</param>
    /// <param name="classes">Those that are learned.</param>
    /// <exception cref="InvalidDataException">A label is none of the classes.</exception>
    public static void RequireKnown(IEnumerable<string> labels, IReadOnlyList<string> classes)
    {
        if (labels.Except(classes).Order(StringComparer.Ordinal).FirstOrDefault() is string unknown)
        {
            throw new InvalidDataException(
                $"Class '{unknown}' has images to validate and none to train on. The classes to learn are '{string.Join("', '", classes)}'.");
        }
    }

    private sealed class Row
    {
        public string Name { get; set; } = "";
    }
}
