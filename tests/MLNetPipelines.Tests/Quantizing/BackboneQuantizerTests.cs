using System.Numerics.Tensors;
using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.Data;
using Onnx;
using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines.Tests.Quantizing;

/// <summary>A file or a model in, the same in integers out.</summary>
[TestClass]
public sealed class BackboneQuantizerTests
{
    private readonly TemporaryFolder folder = new();

    private string Float => folder.File("float.onnx");

    private string Int8 => folder.File("int8.onnx");

    private static FeaturizeImagesOptions OnCpu { get; } = new() { Device = ComputeDevice.Cpu };

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    public void A_quantized_file_gives_nearly_the_same_features_and_says_how_it_was_made()
    {
        string[] images = NoiseImage.WriteMany(folder, 60);
        new TinyBackbone().Write(Float);
        QuantizationReport report = BackboneQuantizer.Quantize(Float, CalibrationImages.FromFiles(images), Int8);

        Assert.AreEqual((40, 20), (report.CalibrationImages, report.CheckImages));
        Assert.IsGreaterThan(0.999, report.Cosine);
        Assert.IsNull(report.Top1Agreement);
        Assert.AreEqual(new FileInfo(Int8).Length, report.Bytes);
        using ImageFeaturizer before = ImageFeaturizer.Open(Float, OnCpu), after = ImageFeaturizer.Open(Int8, OnCpu);
        Assert.AreEqual("float32 int8", $"{before.Precision} {after.Precision}");
        StringAssert.StartsWith(after.Backbone.Value(OnnxContract.Keys.Quantization), "activations uint8, weights int8 per channel; ");
        StringAssert.Contains(after.Backbone.Value(OnnxContract.Keys.Quantization), " on 40 images; ");
        foreach ((ImageFeatures x, ImageFeatures y) in before.Featurize(images).Zip(after.Featurize(images)))
            Assert.IsGreaterThan(0.999f, TensorPrimitives.CosineSimilarity<float>(x.Features, y.Features), x.Path);
        OnnxGuard.Read(File.ReadAllBytes(Int8), "int8");
    }

    [TestMethod]
    public void The_same_images_and_seed_give_the_same_file()
    {
        CalibrationImages images = CalibrationImages.FromFiles(NoiseImage.WriteMany(folder, 40));
        new TinyBackbone().Write(Float);
        BackboneQuantizer.Quantize(Float, images, Int8);
        BackboneQuantizer.Quantize(Float, images, folder.File("again.onnx"));
        CollectionAssert.AreEqual(File.ReadAllBytes(Int8), File.ReadAllBytes(folder.File("again.onnx")));
    }

    [TestMethod]
    public void A_models_head_stays_and_plain_ML_NET_loads_it()
    {
        string model = TinyClassifier.Save(folder), quantized = folder.File("int8.zip");
        QuantizationReport report = BackboneQuantizer.Quantize(
            model, CalibrationImages.FromFolder(folder.File("photos")), quantized, new QuantizationOptions { Portable = true });

        Assert.AreEqual((1.0, 1.0, 1.0), (report.Top1Agreement, report.AccuracyBefore, report.AccuracyAfter));
        string[] images = [.. ImageFolder.List(folder.File("photos")).Select(image => image.ImagePath)];
        using ImageClassifier before = ImageClassifier.Load(model, OnCpu), after = ImageClassifier.Load(quantized, OnCpu);
        Assert.AreEqual("int8", after.Featurizer.Precision);
        CollectionAssert.AreEqual(Labels(before), Labels(after));

        MLContext mlContext = new();
        using var loaded = (TransformerChain<ITransformer>)mlContext.Model.Load(quantized, out _);
        IDataView view = mlContext.Data.LoadFromEnumerable(images.Select(path => new LabeledImage { ImagePath = path, Label = "" }));
        IDataView scored = loaded.Transform(view);
        CollectionAssert.AreEqual(Labels(after), scored.GetColumn<string>("PredictedLabel").ToArray());

        string[] Labels(ImageClassifier classifier) => [.. classifier.Predict(images).Select(image => image.Ranking[0].Label)];
    }

    [TestMethod]
    public void Contents_of_files_in_a_view_are_as_good_as_files()
    {
        string[] images = NoiseImage.WriteMany(folder, 40);
        new TinyBackbone().Write(Float);
        IDataView view = new MLContext().Data.LoadFromEnumerable(images.Select(path => new Content { Image = File.ReadAllBytes(path) }));
        BackboneQuantizer.Quantize(Float, CalibrationImages.FromDataView(view, nameof(Content.Image)), Int8);
        BackboneQuantizer.Quantize(Float, CalibrationImages.FromFiles(images), folder.File("files.onnx"));
        CollectionAssert.AreEqual(File.ReadAllBytes(folder.File("files.onnx")), File.ReadAllBytes(Int8));
    }

    [TestMethod]
    public void Pictures_of_one_color_give_a_warning_and_finite_scales()
    {
        string[] images = [.. Enumerable.Range(0, 40).Select(i => Black(folder.File($"{i}.png")))];
        new TinyBackbone().Write(Float);
        QuantizationReport report = BackboneQuantizer.Quantize(Float, CalibrationImages.FromFiles(images), Int8);
        Assert.Contains(warning => warning.Contains("one color each", StringComparison.Ordinal), report.Warnings);
        foreach (TensorProto scale in ModelProto.Parser.ParseFrom(File.ReadAllBytes(Int8)).Graph.Initializer
            .Where(constant => constant.Name.EndsWith(".scale", StringComparison.Ordinal)))
            Assert.IsTrue(NetworkGraph.Floats(scale).All(number => float.IsNormal(number) && number > 0), scale.Name);
    }

    [TestMethod]
    public void Few_images_give_a_warning()
    {
        new TinyBackbone().Write(Float);
        QuantizationReport report = BackboneQuantizer.Quantize(Float, CalibrationImages.FromFiles(NoiseImage.WriteMany(folder, 9)), Int8);
        Assert.Contains(
            "The network was calibrated on 6 images: values larger than those they have are cut off, and the figures mean little. "
            + "Give 32 at least; some hundred are good.", report.Warnings);
    }

    [TestMethod]
    public void What_cannot_be_quantized_is_refused_in_a_sentence()
    {
        string[] images = NoiseImage.WriteMany(folder, 6);
        CalibrationImages good = CalibrationImages.FromFiles(images);
        new TinyBackbone().Write(Float);
        AssertRefused($"'{Float}' is what is quantized. Write the result elsewhere. (Parameter 'outputPath')", good, Float);
        AssertRefused("There are no images to calibrate on. Give some hundred of those that the network is used on.",
            CalibrationImages.FromFiles([]));
        string text = folder.File("a.jpg");
        File.WriteAllText(text, "no image");
        AssertRefused(
            $"None of the 1 images to quantize on can be read: '{text}' is not an image in a known format (JPEG, PNG, GIF, BMP, WebP).",
            CalibrationImages.FromFiles([text]));
        AssertRefused(
            $"'{Float}' cannot be quantized within the limits: with all layers in integers, the features' cosine is ", good,
            options: new QuantizationOptions { MinCosine = 1 });

        ModelProto damaged = new TinyBackbone().ToModel();
        damaged.Graph.Initializer[1].FloatData[2] = float.NaN;
        File.WriteAllBytes(Float, damaged.ToByteArray());
        AssertRefused($"'{Float}' has NaN or infinite numbers in 'bias'. Its training has diverged, or the file was damaged.", good);

        new TinyBackbone().Write(Float);
        BackboneQuantizer.Quantize(Float, good, folder.File("once.onnx"));
        File.Move(folder.File("once.onnx"), Float, overwrite: true);
        AssertRefused($"'{Float}' is quantized already, and its weights are rounded. Quantize the file that it was made of.", good);
    }

    [TestMethod]
    public void A_network_with_a_channel_of_zeros_is_quantized()
    {
        ModelProto model = new TinyBackbone().ToModel();
        for (int i = 0; i < 27; i++) model.Graph.Initializer[0].FloatData[i] = 0;
        File.WriteAllBytes(Float, model.ToByteArray());
        string[] images = NoiseImage.WriteMany(folder, 40);
        Assert.IsGreaterThan(0.999, BackboneQuantizer.Quantize(Float, CalibrationImages.FromFiles(images), Int8).Cosine);
        using ImageFeaturizer before = ImageFeaturizer.Open(Float, OnCpu), after = ImageFeaturizer.Open(Int8, OnCpu);
        Assert.AreEqual(
            before.Featurize(images[..1]).Single().Features![0], after.Featurize(images[..1]).Single().Features![0], 0.5f, "the bias");
    }

    [TestMethod]
    public void Work_that_is_stopped_leaves_nothing()
    {
        string[] images = NoiseImage.WriteMany(folder, 40);
        new TinyBackbone().Write(Float);
        string[] files = Directory.GetFiles(folder.Path);
        using CancellationTokenSource stop = new();
        Assert.Throws<OperationCanceledException>(() => BackboneQuantizer.Quantize(
            Float, CalibrationImages.FromFiles(images), Int8, progress: new StopAtOnce(stop), cancellationToken: stop.Token));
        CollectionAssert.AreEquivalent(files, Directory.GetFiles(folder.Path));
    }

    private void AssertRefused(string message, CalibrationImages images, string? output = null, QuantizationOptions? options = null)
    {
        Exception refusal = Assert.Throws<Exception>(() => BackboneQuantizer.Quantize(Float, images, output ?? Int8, options));
        StringAssert.StartsWith(refusal.Message, message);
        Assert.IsFalse(File.Exists(Int8));
    }

    private static string Black(string path)
    {
        using SKBitmap bitmap = new(new SKImageInfo(32, 32, SKColorType.Rgba8888, SKAlphaType.Opaque));
        bitmap.Erase(SKColors.Black);
        using FileStream file = File.Create(path);
        bitmap.Encode(file, SKEncodedImageFormat.Png, quality: 100);
        return path;
    }

    private sealed class Content
    {
        public byte[]? Image { get; set; }
    }

    private sealed class StopAtOnce(CancellationTokenSource stop) : IProgress<QuantizationProgress>
    {
        public void Report(QuantizationProgress value) => stop.Cancel();
    }
}
