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

    /// <summary>
    /// For networks from scratch: "Bag of tricks" (He et al. 2018, arXiv:1812.01187). Otherwise than there: colours change in brightness, contrast and
    /// saturation, not in hue, and get no PCA noise (section 2.1); nothing is distilled (section 5.3); convolutions compute in 32 bits unless --precision says otherwise (section 3.2).
    /// </summary>
    public static Recipe BagOfTricks { get; } = new()
    {
        Epochs = 200, // with mixup, rather than the 120 without: section 5.4
        TrainScale = 1,
        MinCrop = 0.08, // section 2.1
        BatchNorm = BatchNormStatistics.Updated,
        BatchSize = 256, // section 2.1
        LearningRate = 0.1, // section 3.1, for a batch of 256
        StageDecay = 1,
        WarmUpEpochs = 5, // section 3.1
        WeightDecay = 1e-4, // section 2.1
        LabelSmoothing = 0.1, // section 5.2
        Mixup = 0.2, // section 5.4
        ColorJitter = 0.4, // section 2.1
        ZeroResidualNorms = true, // section 3.1
        WeightMixing = 1,
    };

    /// <summary>
    /// The shortest recipe of "ResNet strikes back" (Wightman et al. 2021, arXiv:2110.00476, table 2, A3), with timm's choices where the paper leaves them open.
    /// Otherwise than there: operations of RandAugment move pixels as torchvision does, and not by a random filter onto the mean colour; images are validated at the
    /// backbone's own crop fraction and not at 0.95; convolutions compute in 32 bits unless --precision says otherwise.
    /// </summary>
    public static Recipe A3 { get; } = new()
    {
        Epochs = 100,
        MinCrop = 0.08,
        BatchNorm = BatchNormStatistics.Updated,
        BatchSize = 256,
        Accumulation = 8, // a batch of 2048
        TrainScale = 0.714, // 160 of 224 pixels
        Optimizer = OptimizerKind.Lamb,
        ClipNorm = 1, // inside timm's LAMB: max_grad_norm of timm/optim/lamb.py
        LearningRate = 8e-3,
        StageDecay = 1,
        WeightDecay = 0.02,
        WarmUpEpochs = 5,
        Loss = LossKind.BinaryCrossEntropy, // both classes of a blended image are present: section 3
        Mixup = 0.1,
        CutMix = 1,
        AutoAugment = AutoAugmentKind.RandAugmentIncreasing, // timm's rand-m6-mstd0.5-inc1
        RandAugmentMagnitude = 6 * 3, // 6 of 10, spread by 0.5
        RandAugmentSpread = 0.5 * 3,
        WeightMixing = 1,
    };

    private static readonly string WarmUpKey = JsonNamingPolicy.CamelCase.ConvertName(nameof(Recipe.WarmUpEpochs));

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
            Recipe alone = JsonSerializer.Deserialize<Recipe>(text, Json) ?? throw new UserException($"'{nameOrFile}' is not a recipe: it is null."); // names keys, values and lines
            alone.RequireNumbers();
            return With(basis, JsonSerializer.Deserialize<Dictionary<string, JsonNode?>>(text, Json)!);
        }
        catch (JsonException e)
        {
            throw new UserException($"'{nameOrFile}', line {e.LineNumber + 1}: {Problem(e)}");
        }
    }

    /// <summary>
    /// A recipe with other values of some settings, by their names in JSON: so a setting has one way to be read and one to be written. With fewer
    /// epochs, a warm-up that nothing is said about takes half of them at most.
    /// </summary>
    public static Recipe With(Recipe recipe, IEnumerable<KeyValuePair<string, JsonNode?>> settings)
    {
        JsonObject json = JsonSerializer.SerializeToNode(recipe, Json)!.AsObject();
        bool warmUpGiven = false;
        foreach ((string name, JsonNode? value) in settings)
        {
            json[name] = value;
            warmUpGiven |= name == WarmUpKey;
        }
        Recipe changed = json.Deserialize<Recipe>(Json)!;
        double longest = changed.Epochs / 2.0;
        if (changed.Epochs < 1 || changed.Epochs == recipe.Epochs || changed.WarmUpEpochs <= longest || warmUpGiven) return changed;
        Terminal.Say(FormattableString.Invariant(
            $"The learning rate warms up for {longest} of {changed.Epochs} epochs, not for the recipe's {changed.WarmUpEpochs}; --warm-up-epochs says otherwise."));
        return changed with { WarmUpEpochs = longest };
    }

    private static string Problem(JsonException e)
    {
        string key = e.Path?.Split('.')[^1] ?? "";
        return e.Message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal)
            ? $"'{key}' is not a setting of a recipe. The settings are {string.Join(", ", RecipeOptions.Settings.Select(setting => JsonNamingPolicy.CamelCase.ConvertName(setting.Name)))}."
            : key is "" or "$" ? "this is not JSON." : $"the value of '{key}' is not one that it can have.";
    }
}
