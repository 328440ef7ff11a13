using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;

namespace ResNetMLNet.Trainer;

/// <summary>A backbone as it comes, as the file that features are made by.</summary>
internal static class BackboneExport
{
    /// <summary>Makes the network, without classifier, and writes it.</summary>
    /// <returns>Where its weights are from.</returns>
    public static string Write(string name, InitialWeights weights, int? imageSize, string path)
    {
        // Its features are what the head is trained on, so any number of classes is as good.
        using Backbone backbone = BackboneRegistry.Create(name, weights, classes: 0);
        Write(backbone, imageSize, path);
        if (weights.IsFresh) Terminal.Warn(FrozenBackbone.Untrained);
        return backbone.WeightsOrigin;
    }

    /// <summary>Writes the network, and says which it is.</summary>
    public static void Write(Backbone backbone, int? imageSize, string path)
    {
        OnnxExporter.Export(backbone, path, new OnnxExportOptions { ImageSize = imageSize });
        Terminal.Say($"Backbone: {backbone.Spec.Name}, weights: {backbone.WeightsOrigin}");
    }
}
