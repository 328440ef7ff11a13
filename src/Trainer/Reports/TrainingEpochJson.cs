using System.Text.Json;
using System.Text.Json.Serialization;

namespace ResNetMLNet.Trainer;

/// <summary>Writes an epoch as what it is, and knows it again by its figures.</summary>
internal sealed class TrainingEpochJson : JsonConverter<TrainingEpoch>
{
    public override TrainingEpoch Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonElement.ParseValue(ref reader) is { ValueKind: JsonValueKind.Object } epoch
            ? epoch.TryGetProperty(Accuracy(options), out _) ? Epoch<EpochRecord>(epoch, options) : Epoch<RegressionEpoch>(epoch, options)
            : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, TrainingEpoch value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value, value.GetType(), options);

    private static T Epoch<T>(JsonElement epoch, JsonSerializerOptions options) where T : TrainingEpoch => epoch.Deserialize<T>(options)!;

    private static string Accuracy(JsonSerializerOptions options) =>
        options.PropertyNamingPolicy?.ConvertName(nameof(EpochRecord.ValidationAccuracy)) ?? nameof(EpochRecord.ValidationAccuracy);
}
