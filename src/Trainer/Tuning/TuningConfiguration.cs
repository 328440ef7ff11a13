using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ResNetMLNet.Backbones;
using TorchSharp;

namespace ResNetMLNet.Trainer.Tuning;

/// <summary>What decides a tuning's result: saved with it as <c>configuration.json</c>, and compared where a tuning goes on.</summary>
internal sealed record TuningConfiguration
{
    /// <summary>The file's name in a result folder.</summary>
    public const string File = "configuration.json";

    public required string Folder { get; init; }

    public string? Validation { get; init; }

    public required string Backbone { get; init; }

    /// <summary>The file or set that was named; null for the best public weights, or fresh ones.</summary>
    public string? Weights { get; init; }

    /// <summary>Whether the network started untrained.</summary>
    public bool Fresh { get; init; }

    /// <summary>What the network started with.</summary>
    [JsonIgnore]
    public InitialWeights InitialWeights => Fresh ? InitialWeights.Fresh : Weights is null ? InitialWeights.Best : InitialWeights.Named(Weights);

    /// <summary>Height and width of the network's input; null is the backbone's own.</summary>
    public int? ImageSize { get; init; }

    public required int Seed { get; init; }

    public required TuneKind Tune { get; init; }

    public required bool BalancedHead { get; init; }

    public required Recipe Recipe { get; init; }

    /// <summary>Threads of the network: sums are made in another order with another number.</summary>
    public int Threads { get; init; } = torch.get_num_threads();

    /// <summary>Reads what the training in a result folder was started with.</summary>
    /// <exception cref="UserException">There is none, or it is damaged.</exception>
    public static TuningConfiguration Load(string folder)
    {
        string path = Path.Combine(folder, File);
        if (!System.IO.File.Exists(path)) throw new UserException($"There is no training to go on with in '{folder}': no {File}.");
        try
        {
            return JsonSerializer.Deserialize<TuningConfiguration>(System.IO.File.ReadAllText(path), Recipes.Json)!;
        }
        catch (JsonException e)
        {
            throw new UserException($"'{path}' is damaged, at line {e.LineNumber + 1}.");
        }
    }

    /// <summary>What differs from another one, setting by setting.</summary>
    public IEnumerable<string> DifferencesFrom(TuningConfiguration before) => Differences(ToJson(before), ToJson(this), "");

    private static JsonNode? ToJson(TuningConfiguration configuration) => JsonSerializer.SerializeToNode(configuration, Recipes.Json);

    private static IEnumerable<string> Differences(JsonNode? before, JsonNode? now, string name) => (before, now) switch
    {
        (JsonObject old, JsonObject other) => other.SelectMany(entry => Differences(old[entry.Key], entry.Value, entry.Key)),
        _ => JsonNode.DeepEquals(before, now) ? [] : [$"{name} was {before?.ToJsonString() ?? "none"} and is {now?.ToJsonString() ?? "none"}"],
    };
}
