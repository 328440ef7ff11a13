using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ResNetMLNet.Backbones;

namespace ResNetMLNet.Trainer.Tuning;

/// <summary>The recipes that have names, and those in files.</summary>
internal static class Recipes
{
    /// <summary>For a few hundred to some thousand images and pretrained weights: benchmarks/Tuning has what was tried.</summary>
    public static Recipe FineTune { get; } = new();

    /// <summary>For networks from scratch: He et al. 2018, arXiv:1812.01187, sections 2 to 5.</summary>
    public static Recipe BagOfTricks { get; } = new()
    {
        Epochs = 120,
        TrainScale = 1,
        MinCrop = 0.08,
        BatchNorm = BatchNormStatistics.Updated,
        BatchSize = 256,
        LearningRate = 0.1,
        StageDecay = 1,
        WarmUpEpochs = 5,
        WeightDecay = 1e-4,
        LabelSmoothing = 0.1,
        Mixup = 0.2,
        ColorJitter = 0.4,
        ZeroResidualNorms = true,
        WeightMixing = 1,
    };

    /// <summary>The shortest recipe of "ResNet strikes back": Wightman et al. 2021, arXiv:2110.00476, table 2, A3.</summary>
    public static Recipe A3 { get; } = new()
    {
        Epochs = 100,
        MinCrop = 0.08,
        BatchNorm = BatchNormStatistics.Updated,
        BatchSize = 256,
        Accumulation = 8, // the paper's batch of 2048
        TrainScale = 0.714, // 160 of 224 pixels
        Optimizer = OptimizerKind.Lamb,
        LearningRate = 8e-3,
        StageDecay = 1,
        WeightDecay = 0.02,
        WarmUpEpochs = 5,
        Loss = LossKind.BinaryCrossEntropy,
        Mixup = 0.1,
        CutMix = 1,
        AutoAugment = AutoAugmentKind.RandAugment,
        RandAugmentMagnitude = 6 * 3, // the paper's magnitude 6 of 10, and its spread of 0.5
        RandAugmentSpread = 0.5 * 3,
        WeightMixing = 1,
    };

    public static IReadOnlyDictionary<string, Recipe> Named { get; } = new Dictionary<string, Recipe>
    {
        ["finetune"] = FineTune,
        ["bag-of-tricks"] = BagOfTricks,
        ["a3"] = A3,
    };

    /// <summary>The recipe where none is named.</summary>
    public static Recipe For(TuneKind tune) => tune == TuneKind.Scratch ? BagOfTricks : FineTune;

    // A value that a program made is written as it is; an unknown key is an error, since it would be a setting that does nothing.
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };

    /// <summary>A recipe by its name, or from a JSON file.</summary>
    /// <param name="nameOrFile">One of <see cref="Named"/>, or a path.</param>
    /// <param name="basis">What the file says differences from.</param>
    /// <exception cref="UserException">There is no such recipe, or the file is none; the message says where.</exception>
    public static Recipe Find(string nameOrFile, Recipe basis)
    {
        if (Named.TryGetValue(nameOrFile, out Recipe? recipe)) return recipe;
        if (!File.Exists(nameOrFile))
            throw new UserException($"There is no recipe '{nameOrFile}', and no file of that name. The recipes are {string.Join(", ", Named.Keys)}.");
        try
        {
            string text = File.ReadAllText(nameOrFile);
            _ = JsonSerializer.Deserialize<Recipe>(text, Json) ?? throw new UserException($"'{nameOrFile}' is no recipe: it is null."); // names keys, values and lines
            return With(basis, JsonSerializer.Deserialize<Dictionary<string, JsonNode?>>(text, Json)!);
        }
        catch (JsonException e)
        {
            throw new UserException($"'{nameOrFile}', line {e.LineNumber + 1}: {Problem(e)}");
        }
    }

    /// <summary>A recipe with other values of some settings, by their names in JSON: so a setting has one way to be read and one to be written.</summary>
    public static Recipe With(Recipe recipe, IEnumerable<KeyValuePair<string, JsonNode?>> settings)
    {
        JsonObject json = JsonSerializer.SerializeToNode(recipe, Json)!.AsObject();
        foreach ((string name, JsonNode? value) in settings) json[name] = value;
        return json.Deserialize<Recipe>(Json)!;
    }

    private static string Problem(JsonException e)
    {
        string key = e.Path?.Split('.')[^1] ?? "";
        return e.Message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal)
            ? $"'{key}' is no setting of a recipe. The settings are {string.Join(", ", RecipeOptions.Settings.Select(setting => JsonNamingPolicy.CamelCase.ConvertName(setting.Name)))}."
            : key is "" or "$" ? "this is no JSON." : $"the value of '{key}' is not one that it can have.";
    }
}
