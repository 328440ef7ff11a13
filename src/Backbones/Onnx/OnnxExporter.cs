using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using static ResNetMLNet.OnnxGraph;
using static TorchSharp.torch;
using DataType = Onnx.TensorProto.Types.DataType;

namespace ResNetMLNet.Backbones.Onnx;

/// <summary>
/// Writes a backbone as an ONNX file that says everything about itself: pixels in, features out, and in its metadata how pictures become
/// those pixels, which architecture and whose weights it is.
/// </summary>
public static class OnnxExporter
{
    private const long MostBytes = int.MaxValue - (16 << 20);

    /// <summary>Writes the file, whole or not at all: under a temporary name beside it, which is then renamed.</summary>
    /// <param name="backbone">The network, with the weights that it has now; batch norms use their running statistics.</param>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="options">What the file takes and gives.</param>
    /// <exception cref="ArgumentException">
    /// The options do not fit the backbone, or the file would be over 2 GB; the message says which.
    /// </exception>
    /// <exception cref="InvalidOperationException">A weight or statistic is NaN or infinite; the message names it.</exception>
    public static void Export(Backbone backbone, string path, OnnxExportOptions? options = null)
    {
        global::Onnx.ModelProto model = ToModel(backbone, options ?? new OnnxExportOptions());
        WholeFile.Write(path, file => model.WriteTo(file));
    }

    private static global::Onnx.ModelProto ToModel(Backbone backbone, OnnxExportOptions options)
    {
        options.Check(backbone.Spec);
        bool half = options.Precision == OnnxPrecision.Half;
        RefuseTooLarge(backbone, options);
        RefuseNonFinite(backbone);
        InputSpec input = backbone.Spec.Input;
        int size = options.ImageSize ?? input.ImageSize;
        var graph = new OnnxGraph(backbone.Spec.Name);
        var operators = new OnnxOperators(graph, backbone) { HalfPrecision = half, MirrorAverage = options.MirrorAverage };

        string images = options.Input == OnnxInput.Pixels
            ? Normalize(graph, graph.Input(OnnxContract.PixelsInput, DataType.Uint8, "N", size, size, 3), input)
            : graph.Input(OnnxContract.TensorInput, DataType.Float, "N", 3, size, size);
        if (options.MirrorAverage) images = AppendMirrored(graph, images);
        if (half) images = graph.Node("Cast", "images_half", [images], Attribute("to", (long)DataType.Float16));
        (IReadOnlyList<OnnxValue> stages, OnnxValue features) = backbone.Run(
            operators, new OnnxValue(images, new FeatureMap(3, size, size)));
        if (options.Features) graph.Output(features.Name, "N", features.Shape.Channels);
        if (options.Logits) graph.Output(backbone.Classify(operators, features).Name, "N", backbone.Spec.Classes);
        if (options.Stages)
        {
            foreach ((OnnxValue stage, string name) in stages.Zip(OnnxContract.Stages))
                graph.Output(operators.GlobalAveragePool(stage, name).Name, "N", stage.Shape.Channels);
        }

        return graph.ToModel(Metadata(backbone, size, options));
    }

    // One protobuf message holds less than 2 GB, and all of the file is one; what is not weights is far below a megabyte a layer.
    private static void RefuseTooLarge(Backbone backbone, OnnxExportOptions options)
    {
        long bytes = backbone.parameters().Sum(parameter => parameter.numel()) * (options.Precision == OnnxPrecision.Half ? 2 : sizeof(float));
        if (bytes > MostBytes)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"Backbone '{backbone.Spec.Name}' has {bytes / 1e9:F1} GB of weights, and an ONNX file holds less than 2 GB. Half " +
                $"precision takes half."));
        }
    }

    private static void RefuseNonFinite(Backbone backbone)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, Tensor tensor) in backbone.state_dict())
        {
            // The sum, which is cheaper, is finite only where every number is.
            if (!tensor.sum(ScalarType.Float32).isfinite().item<bool>() && !tensor.isfinite().all().item<bool>())
            {
                throw new InvalidOperationException(
                    $"'{name}' of backbone '{backbone.Spec.Name}' has NaN or infinite numbers, so every output would be NaN; nothing was " +
                    $"exported. Its training has diverged, or its weights were damaged.");
            }
        }
    }

    /// <summary>uint8 [N, H, W, 3] -> float [N, 3, H, W], (x / 255 - mean) / std.</summary>
    private static string Normalize(OnnxGraph graph, string pixels, InputSpec input)
    {
        string levels = graph.Node("Cast", "levels", [pixels], Attribute("to", (long)DataType.Float));
        string mean = graph.Constant("mean", [.. input.Mean.ToArray().Select(m => (float)(m * 255))], 3);
        string scale = graph.Constant("scale", [.. input.Std.ToArray().Select(s => (float)(1 / (s * 255)))], 3);
        string centred = graph.Node("Sub", "centred", [levels, mean]);
        string normalized = graph.Node("Mul", "normalized", [centred, scale]);
        return graph.Node("Transpose", "images", [normalized], Attribute("perm", [0, 3, 1, 2]));
    }

    /// <summary>float [N, 3, H, W] -> [2N, 3, H, W]: the pictures, then their mirror images.</summary>
    private static string AppendMirrored(OnnxGraph graph, string images)
    {
        string[] fromRightToLeft =
        [
            images, graph.Constant("mirror.start", -1L), graph.Constant("mirror.end", long.MinValue), graph.Constant("mirror.axis", 3L),
            graph.Constant("mirror.step", -1L),
        ];
        return graph.Node(
            "Concat", "images_and_mirrored", [images, graph.Node("Slice", "mirrored", fromRightToLeft)], Attribute("axis", 0));
    }

    private static Dictionary<string, string> Metadata(Backbone backbone, int size, OnnxExportOptions options)
    {
        InputSpec input = backbone.Spec.Input;
        Resizing resizing = options.Resizing ?? input.Resizing;
        var metadata = new Dictionary<string, string>
        {
            [OnnxContract.Keys.Version] = Text(resizing == Resizing.Crop ? 1 : OnnxContract.Version),
            [OnnxContract.Keys.Architecture] = backbone.Spec.Name,
            [OnnxContract.Keys.ImageSize] = Text(size),
            [OnnxContract.Keys.CropFraction] = Text(input.CropFraction),
            [OnnxContract.Keys.Interpolation] = input.Interpolation == Interpolation.Bicubic ? "bicubic" : "bilinear",
            [OnnxContract.Keys.Mean] = string.Join(',', input.Mean.ToArray().Select(m => Text(m))),
            [OnnxContract.Keys.Std] = string.Join(',', input.Std.ToArray().Select(s => Text(s))),
            [OnnxContract.Keys.Weights] = backbone.WeightsOrigin,
            [OnnxContract.Keys.Precision] = options.Precision == OnnxPrecision.Half ? OnnxContract.Half : OnnxContract.Float32,
        };
        if (resizing != Resizing.Crop)
            metadata[OnnxContract.Keys.Resizing] = resizing == Resizing.Squash ? OnnxContract.Squash : OnnxContract.Letterbox;
        if (options.Labels is not null) metadata[OnnxContract.Keys.Labels] = JsonSerializer.Serialize(options.Labels);
        return metadata;
    }

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
