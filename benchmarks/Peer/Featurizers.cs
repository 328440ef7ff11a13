using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using ResNetMLNet.MLNetPipelines;

namespace Peer;

/// <summary>The two ways from paths to features, with their networks open.</summary>
internal static class Featurizers
{
    public static Func<IReadOnlyList<LabeledImage>, IReadOnlyList<LabeledFeatures>> Ours(string onnx)
    {
        var mlContext = new MLContext(seed: 1);
        return Open(mlContext, mlContext.Transforms.FeaturizeImages("Features", "ImagePath", onnx, new FeaturizeImagesOptions { Device = ComputeDevice.Cpu }));
    }

    /// <summary>As in ML.NET's documentation of DnnFeaturizeImage.</summary>
    public static Func<IReadOnlyList<LabeledImage>, IReadOnlyList<LabeledFeatures>> OfMLNet()
    {
        var mlContext = new MLContext(seed: 1);
        TransformsCatalog transforms = mlContext.Transforms;
        return Open(mlContext, transforms.LoadImages("Image", "", "ImagePath")
            .Append(transforms.ResizeImages("Image", 224, 224))
            .Append(transforms.ExtractPixels("Pixels", "Image"))
            .Append(transforms.DnnFeaturizeImage("Features", network => network.ModelSelector.ResNet18(mlContext, network.OutputColumn, network.InputColumn), "Pixels")));
    }

    private static Func<IReadOnlyList<LabeledImage>, IReadOnlyList<LabeledFeatures>> Open(MLContext mlContext, IEstimator<ITransformer> estimator)
    {
        ITransformer fitted = estimator.Fit(mlContext.Data.LoadFromEnumerable<LabeledImage>([]));
        return photos => [.. fitted.Transform(mlContext.Data.LoadFromEnumerable(photos)).GetColumn<float[]>("Features").Zip(photos, (features, photo) => new LabeledFeatures(photo.ImagePath, photo.Label, features))];
    }
}
