using System.Text.Json;
using System.Text.Json.Serialization;

namespace ResNetMLNet.Trainer;

/// <summary>Writes an epoch as what it is, and knows it again by its figures.</summary>
internal sealed class TrainingEpochJson : JsonConverter<TrainingEpoch>
{
    public override TrainingEpoch Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonElement epoch = JsonElement.ParseValue(ref reader);
        if (epoch.ValueKind != JsonValueKind.Object) throw new JsonException();
        return Has(nameof(EpochRecord.ValidationAccuracy)) ? Epoch<EpochRecord>(epoch, options)
            : Has(nameof(MultiLabelEpoch.ValidationRankingLoss)) ? Epoch<MultiLabelEpoch>(epoch, options)
            : Epoch<RegressionEpoch>(epoch, options);

        bool Has(string figure) => epoch.TryGetProperty(options.PropertyNamingPolicy?.ConvertName(figure) ?? figure, out _);
    }

    public override void Write(Utf8JsonWriter writer, TrainingEpoch value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value, value.GetType(), options);

    private static T Epoch<T>(JsonElement epoch, JsonSerializerOptions options) where T : TrainingEpoch => epoch.Deserialize<T>(options)!;
}
