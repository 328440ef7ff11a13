using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Images as paths, as bytes and as MLImage: the same picture gives the same features, whichever way and after saving.</summary>
[TestClass]
public sealed class ImageInputTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MLContext ml = new(seed: 1);
    private readonly string backbone;
    private readonly float[][] expected;
    private readonly IDataView data;

    public ImageInputTests()
    {
        backbone = new TinyBackbone().Write(folder.File("tiny.onnx"));
        string[] paths = NoiseImage.WriteMany(folder, 20);
        using ImageFeaturizer featurizer = ImageFeaturizer.Open(backbone);
        expected = [.. featurizer.Featurize(paths).Select(image => image.Features!)];
        IDataView files = ml.Data.LoadFromEnumerable(paths.Select(path => new Row { Path = path, Bytes = File.ReadAllBytes(path) })
            .ToList());
        data = ml.Transforms.LoadImages("Image", imageFolder: null, inputColumnName: "Path").Fit(files).Transform(files);
    }

    [TestMethod]
    [DataRow("Path")]
    [DataRow("Bytes")]
    [DataRow("Image")]
    public void Every_form_gives_the_same_features_before_and_after_saving(string column)
    {
        using ImageFeaturizingTransformer transformer = Fit(column);
        AssertExpected(transformer);

        string path = folder.File($"{column}.zip");
        ml.Model.Save(transformer, data.Schema, path);
        AssertExpected(ml.Model.Load(path, out _));
        using TransformerChain<ITransformer> restored = ml.Model.LoadImageModel(path, out _);
        AssertExpected(restored);
        ml.Model.Save(restored, data.Schema, folder.File("again.zip"));
        AssertExpected(ml.Model.Load(folder.File("again.zip"), out _));
    }

    [TestMethod]
    [DataRow("Bytes")]
    [DataRow("Image")]
    public void Another_process_loads_the_model_with_nothing_registered(string column)
    {
        string path = folder.File("model.zip");
        using (ImageFeaturizingTransformer transformer = Fit(column))
        {
            ml.Model.Save(transformer, data.Schema, path);
        }

        string image = System.IO.Path.Combine(folder.Path, "image003.png");
        using Process process = Process.Start(new ProcessStartInfo(
            "dotnet", [System.IO.Path.Combine(AppContext.BaseDirectory, "LoadModel.dll"), path, image])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        string line = process.StandardOutput.ReadToEnd();
        Assert.AreEqual("", process.StandardError.ReadToEnd());
        process.WaitForExit();

        string[] fields = line.TrimEnd().Split('\t');
        Assert.HasCount(3, fields);
        ImageFeaturizerTests.AssertClose(expected[3], [.. fields[1].Split(' ').Select(float.Parse)]);
        ImageFeaturizerTests.AssertClose(expected[3], [.. fields[2].Split(' ').Select(float.Parse)]);
    }

    [TestMethod]
    public void A_transformer_takes_images_in_another_form_than_it_was_fitted_to()
    {
        using ImageFeaturizingTransformer transformer = Fit("Path");
        IDataView bytes = ml.Transforms.CopyColumns("Path", "Bytes").Fit(data).Transform(data);

        AssertSame(expected, transformer.Transform(bytes));
    }

    [TestMethod]
    public void A_prediction_engine_takes_bytes_and_images()
    {
        using ImageFeaturizingTransformer bytes = Fit("Bytes");
        using PredictionEngine<Row, Output> engine = ml.Model.CreatePredictionEngine<Row, Output>(bytes);
        string path = System.IO.Path.Combine(folder.Path, "image007.png");
        ImageFeaturizerTests.AssertClose(expected[7], engine.Predict(new Row { Path = path, Bytes = File.ReadAllBytes(path) }).Features);

        using ImageFeaturizingTransformer images = Fit("Image");
        using PredictionEngine<ImageRow, Output> imageEngine = ml.Model.CreatePredictionEngine<ImageRow, Output>(images);
        using MLImage image = MLImage.CreateFromFile(path);
        for (int i = 0; i < 3; i++)
        {
            ImageFeaturizerTests.AssertClose(expected[7], imageEngine.Predict(new ImageRow { Image = image }).Features);
        }

        Assert.AreEqual(27, image.Width); // it is the caller's still
    }

    [TestMethod]
    public void An_image_without_a_path_is_known_by_its_row()
    {
        List<Row> rows = [.. NoiseImage.WriteMany(folder, 4).Select(path => new Row { Bytes = File.ReadAllBytes(path) })];
        rows[2].Bytes = [];
        using ImageFeaturizingTransformer transformer = Fit("Bytes");

        UnreadableImageException error = Assert.ThrowsExactly<UnreadableImageException>(
            () => transformer.Transform(ml.Data.LoadFromEnumerable(rows)).GetColumn<float[]>("Features").ToList());

        Assert.AreEqual("The image in row 2 is empty.", error.Message);
        Assert.AreEqual("is empty", error.Reason);
        Assert.IsNull(error.Path);
    }

    [TestMethod]
    public void An_image_that_is_not_there_is_unreadable()
    {
        using ImageFeaturizingTransformer transformer = Fit("Image");
        IDataView none = ml.Data.LoadFromEnumerable([new ImageRow()]);

        Assert.AreEqual("The image in row 0 is missing.", Assert.ThrowsExactly<UnreadableImageException>(
            () => transformer.Transform(none).GetColumn<float[]>("Features").ToList()).Message);
    }

    [TestMethod]
    [DataRow("Path")]
    [DataRow("Bytes")]
    [DataRow("Image")]
    public void Every_form_is_promised_the_same_schema(string column)
    {
        SchemaShape promised = ml.Transforms.CopyColumns("Copy", column).Append(ml.Transforms.FeaturizeImages("Features", "Copy", backbone))
            .GetOutputSchema(EstimatorWorkout.ShapeOf(data));

        Assert.AreEqual(SchemaShape.Column.VectorKind.Vector, promised.Single(c => c.Name == "Features").Kind);
    }

    public void Dispose() => folder.Dispose();

    private ImageFeaturizingTransformer Fit(string column) => ml.Transforms.FeaturizeImages("Features", column, backbone).Fit(data);

    private void AssertExpected(ITransformer model) => AssertSame(expected, model.Transform(data));

    private static void AssertSame(float[][] expected, IDataView output)
    {
        float[][] actual = [.. output.GetColumn<float[]>("Features")];
        Assert.HasCount(expected.Length, actual);
        foreach ((float[] one, float[] other) in expected.Zip(actual))
        {
            ImageFeaturizerTests.AssertClose(one, other);
        }
    }

    // What a chain's estimators are asked with; ML.NET makes it of a schema behind closed doors.
    private sealed class Row
    {
        public string? Path { get; set; }

        public byte[]? Bytes { get; set; }
    }

    private sealed class ImageRow
    {
        [AnySizeImage]
        public MLImage? Image { get; set; }
    }

    private sealed class Output
    {
        public float[]? Features { get; set; }
    }
}
