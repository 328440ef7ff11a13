using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.Data;
using Onnx;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>The chain that a featurizer is saved as, from within.</summary>
[TestClass]
public sealed class SavedFeaturizerTests
{
    [TestMethod]
    public void The_chain_gives_the_network_exactly_the_pixels_of_the_preprocessor()
    {
        using TemporaryFolder folder = new();
        string[] paths = NoiseImage.WriteMany(folder, 10);
        using ImageFeaturizer featurizer = ImageFeaturizer.Open(new TinyBackbone().Write(folder.File("tiny.onnx")));
        using SavedFeaturizer saved = SavedFeaturizer.Create(featurizer, "Features", "ImagePath", ImageInput.Path);
        TransformerChain<ITransformer> untilPixels = new([.. saved.Chain.Take(SavedFeaturizer.IndexOfNetwork(saved.Chain))]);

        MLContext ml = new();
        IDataView data = ml.Data.LoadFromEnumerable(paths.Select(path => new LabeledImage { ImagePath = path }));
        IEnumerable<byte[]> pixels = untilPixels.Transform(data).GetColumn<byte[]>(SavedColumns.Pixels);

        foreach ((string path, byte[] actual) in paths.Zip(pixels))
        {
            byte[] expected = new byte[featurizer.Preprocessor.PixelCount];
            featurizer.Preprocessor.Load(path, expected);
            CollectionAssert.AreEqual(expected, actual);
        }
    }

    [TestMethod]
    public void Names_that_stand_in_saved_models_stay() // older files must load: add names, never change these
    {
        Assert.AreEqual("resnetmlnet.decode-path.v1", SavedPathDecodingV1.ContractName);
        Assert.AreEqual("resnetmlnet.decode-path.v2", SavedPathDecoding.ContractName);
        Assert.AreEqual("resnetmlnet.decode-bytes.v1", SavedBytesDecoding.ContractName);
        Assert.AreEqual("resnetmlnet.convert-image.v1", SavedImageConversion.ContractName);
        Assert.AreEqual("resnetmlnet.empty-text.v1", SavedEmptyText.ContractName);
        Assert.AreEqual("100000000 224 0.875 bilinear Throw",
            SavedDecoder.Settings(new ImagePreprocessing(), new FeaturizeImagesOptions { ScaledDecoding = null }));
        Assert.AreEqual("100000000 224 0.875 bilinear Throw 2.5",
            SavedDecoder.Settings(new ImagePreprocessing(), new FeaturizeImagesOptions { ScaledDecoding = 2.5 }));
        CollectionAssert.AreEqual(new[] { "Path", "Encoded", "Decoded" }, Enum.GetNames<ImageInput>());
        CollectionAssert.AreEqual(new[] { "Features", "Logits", "Layer1", "Layer2", "Layer3", "Layer4" }, Enum.GetNames<BackboneOutput>());
        CollectionAssert.AreEqual(new[] { "Throw", "UseDefault" }, Enum.GetNames<UnreadableImages>());
        Assert.AreEqual("__resnetmlnet.nothing", SavedColumns.Nothing);
        Assert.AreEqual("__resnetmlnet.source", SavedColumns.Source);
        Assert.AreEqual("__resnetmlnet.is_readable", SavedColumns.IsReadable);
        Assert.AreEqual("__resnetmlnet.path", SavedColumns.Path);
        Assert.AreEqual("__resnetmlnet.settings", SavedColumns.Settings);
        Assert.AreEqual("__resnetmlnet.image", SavedColumns.Image);
        Assert.AreEqual("__resnetmlnet.pixels", SavedColumns.Pixels);
        Assert.AreEqual("__resnetmlnet.features", SavedColumns.Features);
        Assert.AreEqual("ResNetMLNet.MLNetPipelines", typeof(SavedPathDecoding).Assembly.GetName().Name);
    }

    [TestMethod]
    public void Renaming_values_changes_nothing_else_and_can_be_undone()
    {
        ModelProto model = new TinyBackbone().ToModel();
        OnnxModelEditor editor = new(model.ToByteArray()) { ["key"] = "valü", [OnnxContract.Keys.Architecture] = "other" };
        editor.Rename("pixels", "a rather longer name");
        editor.Rename("features", "f");

        ModelProto renamed = ModelProto.Parser.ParseFrom(editor.ToBytes());

        Assert.AreEqual("a rather longer name", renamed.Graph.Input.Single().Name);
        Assert.AreEqual("a rather longer name", renamed.Graph.Node[0].Input.Single());
        Assert.AreEqual("f", renamed.Graph.Output.Single().Name);
        Assert.AreEqual("f", renamed.Graph.Node[^1].Output.Single());
        Assert.AreEqual("valü", renamed.MetadataProps.Single(entry => entry.Key == "key").Value);
        Assert.AreEqual("other", renamed.MetadataProps.Single(entry => entry.Key == OnnxContract.Keys.Architecture).Value);
        Assert.HasCount(model.MetadataProps.Count + 1, renamed.MetadataProps);

        editor.Rename("a rather longer name", "pixels");
        editor.Rename("f", "features");
        editor["key"] = null;
        editor[OnnxContract.Keys.Architecture] = null;
        Assert.IsNull(editor["key"]);
        model.MetadataProps.Remove(model.MetadataProps.Single(entry => entry.Key == OnnxContract.Keys.Architecture));
        CollectionAssert.AreEqual(model.ToByteArray(), editor.ToBytes());
    }

    [TestMethod]
    public void A_network_is_after_saving_what_it_was_before()
    {
        byte[] model = new TinyBackbone().ToBytes();
        SavedSignature signature = new("F", "I", ImageInput.Encoded, BackboneOutput.Features, Normalize: true, UnreadableImages.UseDefault,
            ScaledDecoding: 2, PixelLimit: 999);

        var signed = ModelProto.Parser.ParseFrom(signature.Sign(model));
        Assert.IsTrue(SavedSignature.IsIn(signed));
        Assert.AreEqual(signature, SavedSignature.TakeFrom(signed, "model.zip"));
        Assert.IsFalse(SavedSignature.IsIn(signed));
        CollectionAssert.AreEqual(model, signed.ToByteArray());
    }

    [TestMethod]
    public void A_network_that_a_later_version_signed_is_refused()
    {
        SavedSignature signature = new("F", "I", ImageInput.Path, BackboneOutput.Features, Normalize: false, UnreadableImages.Throw,
            ScaledDecoding: null, PixelLimit: null);
        OnnxModelEditor editor = new(signature.Sign(new TinyBackbone().ToBytes())) { ["resnetmlnet.saved.input"] = "Video" };

        Assert.AreEqual(
            "'model.zip' says 'resnetmlnet.saved.input' = 'Video', and this ResNetMLNet knows 'Path', 'Encoded', 'Decoded'. "
            + "Update the package ResNetMLNet.MLNetPipelines.",
            Assert.ThrowsExactly<InvalidDataException>(() =>
                SavedSignature.TakeFrom(ModelProto.Parser.ParseFrom(editor.ToBytes()), "model.zip")).Message);
    }

    [TestMethod]
    [DataRow("0")]
    [DataRow("9000000000")]
    [DataRow("many")]
    public void A_pixel_limit_that_is_none_is_refused(string limit)
    {
        SavedSignature signature = new("F", "I", ImageInput.Path, BackboneOutput.Features, Normalize: false, UnreadableImages.Throw,
            ScaledDecoding: null, PixelLimit: 5);
        OnnxModelEditor editor = new(signature.Sign(new TinyBackbone().ToBytes())) { ["resnetmlnet.saved.pixel_limit"] = limit };

        Assert.AreEqual(
            $"'model.zip' says 'resnetmlnet.saved.pixel_limit' = '{limit}', which is not a number of pixels. Save the model again.",
            Assert.ThrowsExactly<InvalidDataException>(() =>
                SavedSignature.TakeFrom(ModelProto.Parser.ParseFrom(editor.ToBytes()), "model.zip")).Message);
    }

    [TestMethod]
    public void Bytes_that_are_not_a_model_are_refused()
    {
        byte[] model = new TinyBackbone().ToBytes();

        Assert.AreEqual("The bytes are not a serialized ONNX model.",
            Assert.ThrowsExactly<InvalidDataException>(() => new OnnxModelEditor(model.AsSpan(0, model.Length / 2))).Message);
        Assert.ThrowsExactly<InvalidDataException>(() => new OnnxModelEditor(
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
        Assert.ThrowsExactly<InvalidDataException>(() => new OnnxModelEditor([0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f]));
    }
}
