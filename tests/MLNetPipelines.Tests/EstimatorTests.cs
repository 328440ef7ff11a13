using Microsoft.ML;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Every estimator, through the workout.</summary>
[TestClass]
public sealed class EstimatorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MLContext ml = new(seed: 1);
    private readonly string backbone;
    private readonly IDataView photos;

    public EstimatorTests()
    {
        NoiseImage.WriteClasses(folder, perClass: 4);
        backbone = new TinyBackbone().Write(folder.File(".backbone", "tiny.onnx"));
        photos = ml.Data.LoadImageFolder(folder.Path);
    }

    [TestMethod]
    public void FeaturizeImages() =>
        EstimatorWorkout.Run(ml.Transforms.FeaturizeImages("Features", "ImagePath", backbone), photos, ["ImagePath"]);

    [TestMethod]
    public void FeaturizeImages_of_unit_length_with_a_column_of_readable_images() => EstimatorWorkout.Run(ml.Transforms.FeaturizeImages(
        "Embedding", "ImagePath", backbone,
            new FeaturizeImagesOptions { Normalize = true, UnreadableImages = UnreadableImages.UseDefault }), photos, ["ImagePath"]);

    [TestMethod]
    public void ImageClassification() =>
        EstimatorWorkout.Run(ml.MulticlassClassification.ImageClassification(backbone), photos, ["ImagePath", "Label"]);

    [TestMethod]
    public void ImageClassification_on_standardized_features_with_weighted_classes() =>
        EstimatorWorkout.Run(ml.MulticlassClassification.ImageClassification(backbone, new ImageClassificationOptions
        {
            Head = new ClassificationHeadOptions { Scaling = FeatureScaling.Standardized, ClassWeights = ClassWeights.Balanced },
        }), photos, ["ImagePath"]);

    public void Dispose() => folder.Dispose();
}
