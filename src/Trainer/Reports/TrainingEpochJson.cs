using System.Text.Json;
using System.Text.Json.Serialization;

namespace ResNetMLNet.Trainer;

/// <summary>Writes an epoch as what it is, and knows it again by its figures.</summary>
internal sealed class TrainingEpochJson : JsonConverter<TrainingEpoch>
{
    public override TrainingEpoch Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize<EpochRecord>(ref reader, options) ?? throw new JsonException();

    public override void Write(Utf8JsonWriter writer, TrainingEpoch value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value, value.GetType(), options);
}
