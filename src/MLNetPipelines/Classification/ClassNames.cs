using System.Globalization;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The names of the classes, between text and ML.NET's keys.</summary>
public static class ClassNames
{
    /// <summary>A view of one text column, as MapValueToKey takes it: the first name gets key 1.</summary>
    internal static IDataView ToDataView(MLContext mlContext, IEnumerable<string> classes) =>
        mlContext.Data.LoadFromEnumerable(classes.Select(name => new Row { Name = name }));

    /// <summary>
    /// The classes of a classifier's scores, in their order. Labels of any type have names: numbers as invariant text; keys without values,
    /// which nothing names, count from 0, as in ML.NET's text files; a binary classifier has the classes <c>False</c> and <c>True</c>.
    /// </summary>
    /// <param name="scored">What a classifier's trainer left behind it.</param>
    /// <param name="model">Names the model in messages, as their subject.</param>
    /// <exception cref="InvalidDataException">There are no scores of classes.</exception>
    internal static string[] Of(DataViewSchema scored, string model = "The model")
    {
        if (scored.GetColumnOrNull("Score") is not { } score)
            throw new InvalidDataException($"{model} is not an image classifier: it has no 'Score'.");
        DataViewSchema.Column? predicted = scored.GetColumnOrNull("PredictedLabel");
        if (score.Type is not VectorDataViewType { Size: > 0 and int count })
        {
            return predicted is { Type: BooleanDataViewType }
                ? [bool.FalseString, bool.TrueString]
                : throw new InvalidDataException(
                    $"{model} is not an image classifier: its 'Score' is a number, not a score for each class.");
        }

        return Read(score, "TrainingLabelValues", count) ?? Read(score, "SlotNames", count)
            ?? (predicted is { } label ? Read(label, "KeyValues", count) : null)
            ?? (predicted is { Type: KeyDataViewType } ? Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture))
                .ToArray() : null)
            ?? throw new InvalidDataException($"{model} is not an image classifier: its 'Score' does not say which classes it is of.");
    }

    /// <summary>The names of a column of keys, in their order; null where its keys have no values.</summary>
    internal static string[]? OfKeys(DataViewSchema.Column column) =>
        column.Type is KeyDataViewType { Count: > 0 and <= int.MaxValue and ulong count } ? Read(column, "KeyValues", (int)count) : null;

    private static string[]? Read(DataViewSchema.Column column, string kind, int count) =>
        column.Annotations.Schema.GetColumnOrNull(kind) is { Type: VectorDataViewType { ItemType: var item, Size: var size } }
            && size == count
            ? (string[])typeof(ClassNames).GetMethod(nameof(ReadValues), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(item.RawType).Invoke(null, [column, kind])!
            : null;

    private static string[] ReadValues<T>(DataViewSchema.Column column, string kind)
    {
        VBuffer<T> values = default;
        column.Annotations.GetValue(kind, ref values);
        return [.. values.DenseValues()
            .Select(value => value is IFormattable number ? number.ToString(null, CultureInfo.InvariantCulture) : value?.ToString() ?? "")];
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
                $"Class '{unknown}' has images to validate and none to train on. The classes to learn are "
                    + $"'{string.Join("', '", classes)}'.");
        }
    }

    private sealed class Row
    {
        public string Name { get; set; } = "";
    }
}
