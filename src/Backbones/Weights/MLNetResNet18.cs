using Google.Protobuf;
using Onnx;
using ResNetMLNet.Backbones.Operators;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// ImageNet weights that a package carries: Microsoft.ML.DnnImageFeaturizer.ResNet18 (MIT) puts an ONNX file beside the program whose
/// batch norms are not folded, so its initializers are the weights of <c>resnet18_mlnet</c>.
/// </summary>
public static class MLNetResNet18
{
    internal const string Package = "Microsoft.ML.DnnImageFeaturizer.ResNet18";

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
    public const string Origin = $"ImageNet, {Package} 0.23.1 (MIT)";

    // The package's network takes 0 to 255 less a mean. Ours takes numbers of about 1, as all others do, and has larger weights in its first
    // convolution: the same function, but training at the usual learning rates would otherwise wreck that layer. A power of two loses no bit.
    private const double Scale = 64;

    /// <summary>Pictures as the network was trained on them: 0 to 255 less the mean of the package's mean image (ResNetPreprocess.onnx), then scaled.</summary>
    internal static InputSpec Input { get; } = InputSpec.ImageNet with
    {
        Mean = new(123.152 / 255, 115.903 / 255, 103.063 / 255),
        Std = new(Scale / 255, Scale / 255, Scale / 255),
    };

    /// <summary>Where the package puts its file: beside the program.</summary>
    public static string DefaultPath { get; } = Path.Combine(AppContext.BaseDirectory, "DnnImageModels", "ResNet18Onnx", "ResNet18.onnx");

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

    /// <summary>Whether a file that starts so is an ONNX file: the version of its representation, a small number, comes first.</summary>
    internal static bool Recognizes(ReadOnlySpan<byte> head) => head is [0x08, < 0x20, 0x12 or 0x3a or 0x42, ..];

    /// <summary>Reads the weights.</summary>
    /// <exception cref="FormatException">It is another file.</exception>
    internal static Dictionary<string, Tensor> Read(Stream file)
    {
        Dictionary<string, TensorProto> initializers = Parse(file);
        var tensors = new Dictionary<string, Tensor>();
        try
        {
            foreach ((string conv, string norm, int convNumber, int normNumber) in Layers)
            {
                tensors[$"{conv}.weight"] = ReadInitializer(initializers, $"Parameter{convNumber}");
                tensors[$"{norm}.weight"] = ReadInitializer(initializers, $"Parameter{normNumber}");
                tensors[$"{norm}.bias"] = ReadInitializer(initializers, $"Parameter{normNumber + 1}");
                tensors[$"{norm}.running_mean"] = ReadInitializer(initializers, $"Constant{normNumber + 2}");
                tensors[$"{norm}.running_var"] = ReadInitializer(initializers, $"Constant{normNumber + 3}");
            }
        }
        catch
        {
            foreach (Tensor tensor in tensors.Values) tensor.Dispose();
            throw;
        }

        // The file takes blue, green, red; ours red, green, blue.
        using (Tensor blueFirst = tensors["conv1.weight"]) tensors["conv1.weight"] = blueFirst.flip(1).MultiplyInPlace(Scale);
        return tensors;
    }

    private static Tensor ReadInitializer(Dictionary<string, TensorProto> initializers, string name)
    {
        if (!initializers.TryGetValue(name, out TensorProto? initializer)) throw new FormatException($"it has no initializer '{name}'");
        long[] shape = [.. initializer.Dims];
        if (shape.Length is not (1 or 4) || StoredTensor.Count(shape) != initializer.FloatData.Count)
            throw new FormatException($"initializer '{name}' of shape [{string.Join(", ", shape)}] has {initializer.FloatData.Count} numbers");
        return tensor(initializer.FloatData.ToArray(), shape);
    }

    private static Dictionary<string, TensorProto> Parse(Stream file)
    {
        try
        {
            return ModelProto.Parser.ParseFrom(file).Graph.Initializer.ToDictionary(initializer => initializer.Name);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or NullReferenceException or ArgumentException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    private static IEnumerable<(string, string, int, int)> Block(string name, (int Conv, int Norm) first, (int Conv, int Norm) second, (int Conv, int Norm)? shortcut = null)
    {
        yield return ($"{name}.conv1", $"{name}.bn1", first.Conv, first.Norm);
        yield return ($"{name}.conv2", $"{name}.bn2", second.Conv, second.Norm);
        if (shortcut is (int conv, int norm)) yield return ($"{name}.downsample.0", $"{name}.downsample.1", conv, norm);
    }
}
