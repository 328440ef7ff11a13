using System.Collections.Frozen;
using System.Text.Json;
using Quickenshtein;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// A set of ImageNet weights that timm publishes on the Hugging Face hub, with the preprocessing that it was trained for: data of timm's
/// model configurations and result tables (github.com/huggingface/pytorch-image-models). <see cref="WeightsHub"/> downloads it.
/// </summary>
public sealed record PretrainedWeights
{
    // A name that ends so means a file, also where it does not exist.
    private static readonly string[] FileExtensions = [".pth", ".pt", ".tar", ".bin", ".safetensors", ".dat", ".onnx", ".zip", ".ckpt"];

    private static readonly JsonSerializerOptions JsonOptions = new(JsonSerializerDefaults.Web);

    /// <summary>Every set, by architecture.</summary>
    public static IReadOnlyList<PretrainedWeights> All { get; } = ReadAll();

    private static readonly FrozenDictionary<string, PretrainedWeights> ByName = All.ToFrozenDictionary(weights => weights.Name);

    /// <summary>The <see cref="BackboneSpec.Name"/> that the weights are for; the catalog may lack it.</summary>
    public required string Architecture { get; init; }

    /// <summary>How they were trained, in timm's words: <c>ra2_in1k</c>.</summary>
    public required string Tag { get; init; }

    /// <summary>What users type: <c>resnet50d.ra2_in1k</c>.</summary>
    public string Name => $"{Architecture}.{Tag}";

    /// <summary>The hub's repository, whose file is <c>model.safetensors</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>Classes of the classifier.</summary>
    public required int Classes { get; init; }

    /// <summary>The pictures that the network was trained on; at this size <see cref="Top1"/> was measured.</summary>
    public required InputSpec Input { get; init; }

    /// <summary>Larger pictures that its authors also test on, where accuracy is a little higher; null where they name none.</summary>
    public InputSpec? TestInput { get; init; }

    /// <summary>The licence of the weights, as SPDX writes it; <c>unknown</c> where nobody stated one.</summary>
    public required string License { get; init; }

    /// <summary>Percent of ImageNet's validation images whose class comes first, as published.</summary>
    public required double Top1 { get; init; }

    /// <summary>Percent of ImageNet's validation images whose class is among the first five, as published.</summary>
    public required double Top5 { get; init; }

    /// <summary>Height and width in pixels at which the accuracies were measured.</summary>
    public required int EvaluationSize { get; init; }

    /// <summary>The sets of an architecture, the most accurate first.</summary>
    public static IReadOnlyList<PretrainedWeights> For(BackboneSpec spec) =>
        [.. All.Where(weights => weights.Architecture == spec.Name).OrderByDescending(weights => weights.Top1)];

    /// <summary>The set of that name.</summary>
    /// <exception cref="UnknownWeightsException">There is none; the message offers the nearest names.</exception>
    public static PretrainedWeights Find(string name) => ByName.TryGetValue(name, out PretrainedWeights? weights)
        ? weights
        : throw Unknown($"There are no pretrained weights '{DisplayText.Of(name)}'.", name);

    /// <summary>The set that <paramref name="name"/> means; null where it means a file, which goes before a set of the same name.</summary>
    /// <param name="name">What a user gave as weights: a path, or the name of a set.</param>
    /// <param name="spec">The network that the weights are for.</param>
    /// <exception cref="UnknownWeightsException">It is neither, or a set of another architecture; the message offers others.</exception>
    public static PretrainedWeights? Resolve(string name, BackboneSpec spec)
    {
        if (File.Exists(name)) return null;
        if (!ByName.TryGetValue(name, out PretrainedWeights? weights))
        {
            if (Path.GetFileName(name) != name || FileExtensions.Contains(Path.GetExtension(name))) return null;
            throw Unknown($"There is no weights file '{DisplayText.Of(name)}', and there are no pretrained weights of that name.", name);
        }
        // A spec under a name of its own may have the names and shapes of any.
        if (weights.Architecture != spec.Name && BackboneRegistry.FindOrNull(spec.Name) is not null)
            throw Unknown($"The weights '{name}' are for backbone '{weights.Architecture}', not '{spec.Name}'.", name, spec.Name);
        return weights;
    }

    /// <summary>Reads the weights, which are downloaded unless they are in the cache.</summary>
    /// <param name="options">Where from and where to; by default as the environment says.</param>
    /// <param name="progress">Reports the progress of a download.</param>
    /// <param name="cancellationToken">Stops a download; what has come is kept, and the next one goes on from there.</param>
    /// <returns>The weights, which the caller disposes of.</returns>
    /// <exception cref="IOException">They cannot be downloaded; the message says why, and what to do.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public async Task<WeightSet> LoadAsync(
        WeightsHubOptions? options = null, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var hub = new WeightsHub(options);
        string path = await hub.DownloadAsync(this, progress, cancellationToken);
        return await Task.Run(() => Read(path), cancellationToken);
    }

    /// <summary>Reads the downloaded file.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal WeightSet Read(string path)
    {
        try
        {
            return WeightsFile.Load(path, origin: $"{Name} ({License})");
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{e.Message} Delete it, and the next download fetches it again.", e);
        }
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <param name="problem">What is wrong.</param>
    /// <param name="name">The name that was asked for.</param>
    /// <param name="wanted">What suggestions are to be like, where it is not the name.</param>
    private static UnknownWeightsException Unknown(string problem, string name, string? wanted = null)
    {
        wanted ??= name;
        string[] near = [.. All.Where(known => known.Architecture == wanted).OrderByDescending(known => known.Top1).Select(
            known => known.Name)];
        if (near is []) near = [.. All.Select(known => known.Name).OrderBy(known => Levenshtein.GetDistance(wanted, known)).Take(3)];
        return new UnknownWeightsException(problem, name, near);
    }

    private static PretrainedWeights[] ReadAll()
    {
        using Stream json = typeof(PretrainedWeights).Assembly.GetManifestResourceStream("pretrained.json")!;
        return Array.ConvertAll(JsonSerializer.Deserialize<Entry[]>(json, JsonOptions)!, entry => entry.ToWeights());
    }

    /// <summary>A line of pretrained.json.</summary>
    private sealed record Entry(
        string Model, string Tag, string Hub, int Classes, int Size, double Crop, string Interpolation, double[] Mean, double[] Std,
        int? TestSize, double? TestCrop, string License, double Top1, double Top5, int EvaluationSize)
    {
        public PretrainedWeights ToWeights()
        {
            var input = new InputSpec
            {
                ImageSize = Size,
                CropFraction = Crop,
                Interpolation = Enum.Parse<Interpolation>(Interpolation, ignoreCase: true),
                Mean = new(Mean[0], Mean[1], Mean[2]),
                Std = new(Std[0], Std[1], Std[2]),
            };
            return new PretrainedWeights
            {
                Architecture = Model,
                Tag = Tag,
                Repository = Hub,
                Classes = Classes,
                Input = input,
                TestInput = TestSize is int size ? input with { ImageSize = size, CropFraction = TestCrop ?? Crop } : null,
                License = License,
                Top1 = Top1,
                Top5 = Top5,
                EvaluationSize = EvaluationSize,
            };
        }
    }
}
