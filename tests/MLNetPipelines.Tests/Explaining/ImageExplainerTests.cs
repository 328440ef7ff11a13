using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Class activation maps, against the head itself and against pictures made by hand.</summary>
[TestClass]
public sealed class ImageExplainerTests
{
    private const int Positions = 30 * 30;
    private readonly TemporaryFolder folder = new();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    /// <summary>
    /// A position's contribution is the score's derivative by a factor on that position. The saved head gives only probabilities; the
    /// difference of two scores is ln p_a - ln p_b, whatever the head is inside.
    /// </summary>
    [TestMethod]
    public void A_contribution_is_what_the_score_changes_by_when_its_position_does()
    {
        using ImageClassifier classifier = TinyClassifier.Train(folder);
        float[] map = Map(classifier, Photo("red")), features = Mean(map);
        LinearHead head = classifier.Linear;
        float[] blue = ImageExplainer.Contributions(head.Gradient(0, features), map, Positions),
            red = ImageExplainer.Contributions(head.Gradient(2, features), map, Positions);

        foreach (int position in new[] { 0, 123, Positions - 1 })
        {
            const double step = 4; // a position is one of 900, and probabilities are floats
            double numerical = (Difference(classifier, Scaled(map, position, 1 + step)) - Difference(classifier,
                Scaled(map, position, 1 - step))) / (2 * step);
            Assert.IsGreaterThan(1e-5, Math.Abs(numerical), "too small to compare");
            Assert.AreEqual(numerical, red[position] - blue[position], 0.03 * Math.Abs(numerical), $"position {position}");
        }
    }

    [TestMethod]
    public void The_red_half_of_a_picture_is_where_red_is_seen()
    {
        using ImageClassifier classifier = TinyClassifier.Train(folder);
        using var explainer = new ImageExplainer(classifier);
        string photo = folder.File("halves.png");
        WriteHalves(photo, new SKColor(180, 70, 70), new SKColor(70, 180, 70));

        ClassActivationMap red = explainer.Explain(photo, "red"), green = explainer.Explain(photo, "green");

        Assert.IsGreaterThan(0.95, LeftPart(red));
        Assert.IsLessThan(0.05, LeftPart(green));
    }

    [TestMethod]
    public void Without_a_class_the_most_probable_one_is_explained_with_the_ranking_of_predict()
    {
        using ImageClassifier classifier = TinyClassifier.Train(folder);
        using var explainer = new ImageExplainer(classifier);
        ClassActivationMap map = explainer.Explain(Photo("blue"));
        Assert.AreEqual("blue", map.Label);
        ImagePrediction expected = classifier.Predict([Photo("blue")]).Single();
        foreach ((ClassProbability a, ClassProbability b) in expected.Ranking.Zip(map.Ranking))
        {
            Assert.AreEqual(a.Label, b.Label);
            Assert.AreEqual(a.Probability, b.Probability, 1e-5);
        }
    }

    /// <summary>64 x 40: the shorter side becomes floor(32 / 0.875) = 36, the longer 57, of which the 32 in the middle are seen.</summary>
    [TestMethod]
    public void The_part_that_is_seen_is_said_in_the_pictures_own_pixels()
    {
        using ImageClassifier classifier = TinyClassifier.Train(folder);
        using var explainer = new ImageExplainer(classifier);
        string photo = folder.File("wide.png");
        NoiseImage.Write(photo, 1, new SKColor(180, 70, 70), width: 64, height: 40);
        ClassActivationMap map = explainer.Explain(photo);
        Assert.AreEqual((64, 40), (map.ImageWidth, map.ImageHeight));
        Assert.AreEqual(new ImageRegion(12 * 64 / 57.0, 2 * 40 / 36.0, 32 * 64 / 57.0, 32 * 40 / 36.0), map.Seen);
    }

    [TestMethod]
    public void The_overlay_is_hot_where_the_class_is_seen_and_dark_where_the_network_does_not_look()
    {
        using ImageClassifier classifier = TinyClassifier.Train(folder);
        using var explainer = new ImageExplainer(classifier);
        string photo = folder.File("halves.png");
        WriteHalves(photo, new SKColor(180, 70, 70), new SKColor(70, 180, 70));
        explainer.Explain(photo, "green").SaveOverlay(folder.File("overlay.png"));

        using SKBitmap before = SKBitmap.Decode(photo), after = SKBitmap.Decode(folder.File("overlay.png"));
        Assert.AreEqual((before.Width, before.Height), (after.Width, after.Height));
        Assert.AreEqual(before.GetPixel(20, 20), after.GetPixel(20, 20), "in the red half nothing speaks for green");
        Assert.AreNotEqual(before.GetPixel(48, 20), after.GetPixel(48, 20));
        Assert.AreEqual((byte)(before.GetPixel(2, 20).Red * 0.45f), after.GetPixel(2, 20).Red);
    }

    [TestMethod]
    public void A_class_that_there_is_not_is_named_with_those_that_there_are()
    {
        using ImageClassifier classifier = TinyClassifier.Train(folder);
        using var explainer = new ImageExplainer(classifier);
        var error = Assert.ThrowsExactly<ArgumentException>(() => explainer.Explain(Photo("red"), "pink"));
        Assert.AreEqual("There is no class 'pink'. The classes are 'blue', 'green', 'red'. (Parameter 'label')", error.Message);
    }

    [TestMethod]
    public void An_overlay_is_a_png_or_a_jpg()
    {
        using ImageClassifier classifier = TinyClassifier.Train(folder);
        using var explainer = new ImageExplainer(classifier);
        var error = Assert.ThrowsExactly<ArgumentException>(() => explainer.Explain(Photo("red")).SaveOverlay("overlay.gif"));
        Assert.AreEqual("'overlay.gif' says no format that an overlay is written in. Name it .png or .jpg. (Parameter 'path')",
            error.Message);
    }

    [TestMethod]
    public void A_network_that_does_not_end_in_a_mean_has_no_map()
    {
        global::Onnx.ModelProto model = new TinyBackbone().ToModel();
        model.Graph.Node.Single(node => node.OpType == "GlobalAveragePool").OpType = "GlobalMaxPool";
        var error = Assert.ThrowsExactly<InvalidDataException>(() =>
            FeatureMapOutput.Add(Google.Protobuf.MessageExtensions.ToByteArray(model), "features", "tiny.onnx"));
        Assert.AreEqual(
            "'tiny.onnx' has no map to explain: its features come from 'GlobalMaxPool', not from global average pooling. "
            + "The backbones that `resnet-mlnet export NAME` writes end in it.", error.Message);
    }

    [TestMethod]
    public void A_thumbnail_keeps_the_pictures_shape_and_a_small_picture_its_size()
    {
        string photo = folder.File("wide.png");
        NoiseImage.Write(photo, 1, SKColors.Gray, width: 64, height: 40);
        foreach ((int longestSide, int width, int height) in new[] { (32, 32, 20), (100, 64, 40) })
        {
            using SKBitmap thumbnail = SKBitmap.Decode(ImageThumbnail.Jpeg(photo, longestSide));
            Assert.AreEqual((width, height), (thumbnail.Width, thumbnail.Height));
        }
    }

    private string Photo(string label) => folder.File("photos", label, "00.png");

    private static void WriteHalves(string path, SKColor left, SKColor right)
    {
        using SKBitmap bitmap = new(new SKImageInfo(64, 40, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using SKCanvas canvas = new(bitmap);
        using SKPaint paint = new() { Color = right };
        canvas.Clear(left);
        canvas.DrawRect(32, 0, 32, 40, paint);
        using FileStream file = File.Create(path);
        bitmap.Encode(file, SKEncodedImageFormat.Png, quality: 100);
    }

    private static double LeftPart(ClassActivationMap map) =>
        map.Values.Where((_, i) => i % map.Columns < map.Columns / 2).Sum() / map.Values.Sum();

    /// <summary>[8, 30 * 30], from the network itself.</summary>
    private static float[] Map(ImageClassifier classifier, string photo)
    {
        (byte[] model, string output) = FeatureMapOutput.Add(classifier.Featurizer.Model, "features", "tiny");
        byte[] pixels = new byte[32 * 32 * 3];
        classifier.Featurizer.Preprocessor.Load(photo, pixels);
        using InferenceSession session = new(model);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 32, 32, 3]);
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, ["pixels"], [input], [output]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static float[] Mean(float[] map) => [.. map.Chunk(Positions).Select(channel => (float)channel.Average(value => (double)value))];

    private static float[] Scaled(float[] map, int position, double factor) =>
        [.. map.Select((value, i) => i % Positions == position ? (float)(value * factor) : value)];

    /// <summary>ln p(red) - ln p(blue), by the head that was saved.</summary>
    private static double Difference(ImageClassifier classifier, float[] map)
    {
        float[] scores = classifier.Head.Transform(LabeledFeatures.ToDataView(new MLContext(), [new LabeledFeatures("", "", Mean(map))]))
            .GetColumn<float[]>("Score").Single();
        return Math.Log(scores[2]) - Math.Log(scores[0]);
    }
}
