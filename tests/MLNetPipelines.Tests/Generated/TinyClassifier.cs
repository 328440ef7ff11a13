using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>A classifier of red, green and blue pictures on a <see cref="TinyBackbone"/>.</summary>
internal static class TinyClassifier
{
    /// <summary>Trains it, saves it as <c>model.zip</c> and opens that.</summary>
    public static ImageClassifier Train(TemporaryFolder folder) => ImageClassifier.Load(Save(folder));

    /// <summary>Writes the pictures into the folder <c>photos</c>, trains on them and saves the model.</summary>
    /// <returns>The model's path.</returns>
    public static string Save(TemporaryFolder folder)
    {
        MLContext mlContext = new(seed: 1);
        NoiseImage.WriteClasses(folder, perClass: 6);
        string photos = Directory.CreateDirectory(folder.File("photos")).FullName;
        foreach (string name in new[] { "red", "green", "blue" }) Directory.Move(folder.File(name), Path.Combine(photos, name));
        string onnx = new TinyBackbone().Write(folder.File("tiny.onnx")), model = folder.File("model.zip");
        IReadOnlyList<LabeledImage> images = ImageFolder.List(photos);
        IDataView view = mlContext.Data.LoadFromEnumerable(images);
        using ImageFeaturizingTransformer featurizing = mlContext.Transforms.FeaturizeImages("Features", "ImagePath", onnx).Fit(view);
        LabeledFeatures[] features = [.. images.Zip(featurizing.Featurizer.Featurize(images.Select(image => image.ImagePath)),
            (image, result) => new LabeledFeatures(image.ImagePath, image.Label, result.Features!))];
        mlContext.Model.Save(new TransformerChain<ITransformer>(featurizing, ClassificationHead.Fit(mlContext, features)), view.Schema,
            model);
        return model;
    }
}
