using System.Text;
using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Picks the labels whose probability reaches their threshold.</summary>
[CustomMappingFactoryAttribute(ContractName)]
internal sealed class SavedLabels : CustomMappingFactory<SavedLabelScores, SavedPredictedLabels>
{
    /// <summary>Stands in saved models: it never changes.</summary>
    public const string ContractName = "resnetmlnet.labels.v1";

    public override Action<SavedLabelScores, SavedPredictedLabels> GetMapping()
    {
        LabelSettings? atHand = null;
        return (row, output) => output.PredictedLabels = LabelSettings.For(row.Settings, ref atHand).Pick(row.Score.DenseValues());
    }
}

/// <summary>Labels and their thresholds, in the settings column of a saved model.</summary>
/// <param name="Labels">In the order of the scores.</param>
/// <param name="Thresholds">The probability from which on an image is given each.</param>
internal sealed record LabelSettings(string[] Labels, float[] Thresholds)
{
    private string text = "";

    /// <summary>JSON, as UTF-8 in base 64: ML.NET's expressions have escapes of their own.</summary>
    public static string Of(MultiLabelHead head) => Convert.ToBase64String(Encoding.UTF8.GetBytes(
        JsonSerializer.Serialize(new LabelSettings([.. head.Labels], [.. head.Thresholds]))));

    /// <summary>The settings that a text says: those at hand if they are, otherwise new ones, which are then at hand.</summary>
    public static LabelSettings For(ReadOnlyMemory<char> text, ref LabelSettings? atHand)
    {
        // A model has one setting, but ML.NET may run its mapping on many threads at once.
        LabelSettings? settings = Volatile.Read(ref atHand);
        if (settings is null || !text.Span.SequenceEqual(settings.text))
        {
            string read = text.ToString();
            settings = JsonSerializer.Deserialize<LabelSettings>(Convert.FromBase64String(read))! with { text = read };
            Volatile.Write(ref atHand, settings);
        }

        return settings;
    }

    /// <summary>The labels that reach their threshold.</summary>
    public string[] Pick(IEnumerable<float> probabilities) =>
        [.. probabilities.Zip(Thresholds, Labels).Where(label => label.First >= label.Second).Select(label => label.Third)];
}

/// <summary>What the picking step reads.</summary>
internal sealed class SavedLabelScores : SavedSettings
{
    [ColumnName("Score")]
    public VBuffer<float> Score { get; set; }
}

/// <summary>What the picking step writes.</summary>
internal sealed class SavedPredictedLabels
{
    [ColumnName("PredictedLabels")]
    public string[] PredictedLabels { get; set; } = [];
}
