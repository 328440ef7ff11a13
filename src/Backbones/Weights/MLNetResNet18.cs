using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// ImageNet weights that a package carries: Microsoft.ML.DnnImageFeaturizer.ResNet18 (MIT) puts an ONNX file beside the program whose
/// batch norms are not folded, so its initializers are the weights of <c>resnet18_mlnet</c>.
/// </summary>
public static class MLNetResNet18
{
    internal const string Package = "Microsoft.ML.DnnImageFeaturizer.ResNet18";

    private const string Version = "0.23.1";

    // The file's initializers by the numbers in their names: a convolution's, and the first of its batch norm's four.
    private static readonly (string Conv, string Norm, int ConvNumber, int NormNumber)[] Layers =
    [
        ("conv1", "bn1", 91, 96),
        .. Block("layer1.0", (86, 113), (82, 127)),
        .. Block("layer1.1", (77, 144), (73, 158)),
        .. Block("layer2.0", (68, 175), (64, 189), shortcut: (199, 203)),
        .. Block("layer2.1", (59, 220), (55, 234)),
        .. Block("layer3.0", (50, 251), (46, 265), shortcut: (275, 279)),
        .. Block("layer3.1", (41, 296), (37, 310)),
        .. Block("layer4.0", (32, 327), (28, 341), shortcut: (351, 355)),
        .. Block("layer4.1", (23, 372), (19, 386)),
        .. Block("layer4.2", (14, 403), (10, 417)),
    ];

    /// <summary>Where the weights come from, in words.</summary>
    public const string Origin = $"ImageNet, {Package} {Version} (MIT)";

    // The package's network takes 0 to 255 less a mean. Ours takes numbers of about 1, as all others do, and has larger weights in its
    // first convolution: the same function, but training at the usual learning rates would otherwise wreck that layer. A power of two loses
    // no bit.
    private const double Scale = 64;

    /// <summary>
    /// Pictures as the network was trained on them: 0 to 255 less the mean of the package's mean image (ResNetPreprocess.onnx), then
    /// scaled.
    /// </summary>
    internal static InputSpec Input { get; } = InputSpec.ImageNet with
    {
        Mean = new(123.152 / 255, 115.903 / 255, 103.063 / 255),
        Std = new(Scale / 255, Scale / 255, Scale / 255),
    };

    /// <summary>
    /// Where the package puts its file: beside the program; in a notebook, which has no folder of its own, the file in the folder of NuGet's
    /// packages.
    /// </summary>
    public static string DefaultPath { get; } = PathIn(AppContext.BaseDirectory, typeof(torch).Assembly.Location);

    /// <summary>The same for a program in a folder, with TorchSharp's assembly at a path.</summary>
    internal static string PathIn(string program, string torchSharp)
    {
        string file = Path.Combine("DnnImageModels", "ResNet18Onnx", "ResNet18.onnx"), beside = Path.Combine(program, file);
        // packages/torchsharp/VERSION/lib/FRAMEWORK/TorchSharp.dll
        string? packages = Enumerable.Range(0, 5).Aggregate<int, string?>(torchSharp, (path, _) => Path.GetDirectoryName(path));
        string packaged = Path.Combine(packages ?? "", Package.ToLowerInvariant(), Version, "tools", file);
        return !File.Exists(beside) && File.Exists(packaged) ? packaged : beside;
    }

    /// <summary>Reads the weights.</summary>
    /// <param name="path">The package's ONNX file; by default the one beside the program.</param>
    /// <exception cref="FileNotFoundException">There is no such file; the message names the package that brings it.</exception>
    /// <exception cref="InvalidDataException">It is another file.</exception>
    public static WeightSet Load(string? path = null)
    {
        path ??= DefaultPath;
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no '{path}'; the package {Package} puts it there.", path);
        try
        {
            using FileStream file = File.OpenRead(path);
            return new WeightSet(Read(file), Origin);
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"'{path}' is not the file of package {Package}: {e.Message}", e);
        }
    }

    /// <summary>Reads the weights.</summary>
    /// <exception cref="FormatException">It is another file.</exception>
    private static Dictionary<string, Tensor> Read(Stream file) => Read(OnnxWeights.Parse(file));

    /// <summary>Reads the weights.</summary>
    /// <exception cref="FormatException">It is another file.</exception>
    internal static Dictionary<string, Tensor> Read(OnnxWeights model)
    {
        Dictionary<string, Tensor> tensors = TensorCollection.Of(collection =>
        {
            foreach ((string conv, string norm, int convNumber, int normNumber) in Layers)
            {
                collection.Add($"{conv}.weight", () => model.Read($"Parameter{convNumber}"));
                collection.Add($"{norm}.weight", () => model.Read($"Parameter{normNumber}"));
                collection.Add($"{norm}.bias", () => model.Read($"Parameter{normNumber + 1}"));
                collection.Add($"{norm}.running_mean", () => model.Read($"Constant{normNumber + 2}"));
                collection.Add($"{norm}.running_var", () => model.Read($"Constant{normNumber + 3}"));
            }
        });
        // The file takes blue, green, red; ours red, green, blue.
        using (Tensor blueFirst = tensors["conv1.weight"])
        {
            if (blueFirst.dim() != 4) Free($"its first convolution has shape [{string.Join(", ", blueFirst.shape)}]");
            tensors["conv1.weight"] = blueFirst.flip(1).MultiplyInPlace(Scale);
        }
        return tensors;

        void Free(string problem)
        {
            foreach (Tensor tensor in tensors.Values) tensor.Dispose();
            throw new FormatException(problem);
        }
    }

    private static IEnumerable<(string, string, int, int)> Block(
        string name, (int Conv, int Norm) first, (int Conv, int Norm) second, (int Conv, int Norm)? shortcut = null)
    {
        yield return ($"{name}.conv1", $"{name}.bn1", first.Conv, first.Norm);
        yield return ($"{name}.conv2", $"{name}.bn2", second.Conv, second.Norm);
        if (shortcut is (int conv, int norm)) yield return ($"{name}.downsample.0", $"{name}.downsample.1", conv, norm);
    }
}
