using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>
/// Models that earlier versions saved load in this one. Each file in Data was saved once, by <c>mlContext.Model.Save</c>, from
/// <c>FeaturizeImages("Features", column, TinyBackbone)</c>, and is named after the contract of its decoding step. A change of the saved
/// form adds a file here; none is ever made again.
/// </summary>
[TestClass]
public sealed class EarlierModelTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MLContext ml = new();

    [TestMethod]
    [DataRow("decode-path.v1.zip", false)]
    [DataRow("decode-path.v2.zip", false)]
    [DataRow("decode-bytes.v1.zip", false)]
    [DataRow("convert-image.v1.zip", false)]
    [DataRow("decode-path.v2-default-normalized.zip", true)]
    public void A_model_of_an_earlier_version_gives_the_same_features(string name, bool defaultNormalized)
    {
        string model = Path.Combine(AppContext.BaseDirectory, "Saving", "Data", name);
        string[] paths = NoiseImage.WriteMany(folder, 5);
        IDataView files = ml.Data.LoadFromEnumerable(paths.Select(path => new Row { ImagePath = path }).ToList());
        IDataView data = ml.Transforms.LoadImages("Image", imageFolder: null, "ImagePath")
            .Append(ml.Transforms.LoadRawImageBytes("Bytes", imageFolder: null, "ImagePath")).Fit(files).Transform(files);
        using ImageFeaturizer featurizer = ImageFeaturizer.Open(
            new TinyBackbone().Write(folder.File("tiny.onnx")), new FeaturizeImagesOptions { Normalize = defaultNormalized });
        float[][] expected = [.. featurizer.Featurize(paths).Select(image => image.Features!)];

        using TransformerChain<ITransformer> restored = ml.Model.LoadImageModel(model, out _);
        foreach (IDataView output in new[] { ml.Model.Load(model, out _).Transform(data), restored.Transform(data) })
        {
            foreach ((float[] one, float[] other) in expected.Zip(output.GetColumn<float[]>("Features")))
            {
                ImageFeaturizerTests.AssertClose(one, other);
            }

            Assert.AreEqual(defaultNormalized, output.Schema.GetColumnOrNull("FeaturesIsReadable") is not null);
        }
    }

    public void Dispose() => folder.Dispose();

    private sealed class Row
    {
        public string? ImagePath { get; set; }
    }
}
