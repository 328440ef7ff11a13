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
    private readonly IDataView without;
    private readonly IDataView other;

    public EstimatorTests()
    {
        NoiseImage.WriteClasses(folder, perClass: 4);
        backbone = new TinyBackbone().Write(folder.File(".backbone", "tiny.onnx"));
        photos = ml.Data.LoadImageFolder(folder.Path);
        without = ml.Transforms.DropColumns("ImagePath").Fit(photos).Transform(photos);
        other = ml.Data.LoadFromEnumerable([new { ImagePath = 1, Label = "red" }]);
    }

    [TestMethod]
    public void FeaturizeImages() =>
        EstimatorWorkout.Run(ml.Transforms.FeaturizeImages("Features", "ImagePath", backbone), photos, without, other);

    [TestMethod]
    public void FeaturizeImages_of_unit_length_with_a_column_of_readable_images() => EstimatorWorkout.Run(ml.Transforms.FeaturizeImages(
        "Embedding", "ImagePath", backbone,
            new FeaturizeImagesOptions { Normalize = true, UnreadableImages = UnreadableImages.UseDefault }), photos, without, other);

    [TestMethod]
    public void ImageClassification() =>
        EstimatorWorkout.Run(ml.MulticlassClassification.ImageClassification(backbone), photos, without, other,
        ml.Transforms.DropColumns("Label").Fit(photos).Transform(photos));

    [TestMethod]
    public void ImageClassification_on_standardized_features_with_weighted_classes() =>
        EstimatorWorkout.Run(ml.MulticlassClassification.ImageClassification(backbone, new ImageClassificationOptions
        {
            Head = new ClassificationHeadOptions { Scaling = FeatureScaling.Standardized, ClassWeights = ClassWeights.Balanced },
        }), photos, without, other);

    public void Dispose() => folder.Dispose();
}
