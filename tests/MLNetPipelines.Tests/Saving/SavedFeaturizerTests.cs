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
        using TransformerChain<ITransformer> saved = SavedFeaturizer.Create(featurizer, "Features", "ImagePath");
        TransformerChain<ITransformer> untilPixels = new([.. saved.Take(SavedFeaturizer.IndexOfNetwork(saved))]);

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
        Assert.AreEqual("resnetmlnet.decode-path.v1", SavedPathDecoding.ContractName);
        Assert.AreEqual("100000000 224 0.875 bilinear", SavedPathDecoding.Settings(new ImagePreprocessing(), 100_000_000));
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
        Dictionary<string, string> names = new() { ["pixels"] = "a rather longer name", ["features"] = "f" };
        Dictionary<string, string> metadata = new() { ["key"] = "valü", [OnnxContract.Keys.Architecture] = "other" };

        ModelProto renamed = ModelProto.Parser.ParseFrom(new OnnxModelEditor(names, metadata).Edit(model.ToByteArray()));

        Assert.AreEqual("a rather longer name", renamed.Graph.Input.Single().Name);
        Assert.AreEqual("a rather longer name", renamed.Graph.Node[0].Input.Single());
        Assert.AreEqual("f", renamed.Graph.Output.Single().Name);
        Assert.AreEqual("f", renamed.Graph.Node[^1].Output.Single());
        Assert.AreEqual("valü", renamed.MetadataProps.Single(entry => entry.Key == "key").Value);
        Assert.AreEqual("other", renamed.MetadataProps.Single(entry => entry.Key == OnnxContract.Keys.Architecture).Value);
        Assert.HasCount(model.MetadataProps.Count + 1, renamed.MetadataProps);

        OnnxModelEditor undo = new(names.ToDictionary(name => name.Value, name => name.Key), new Dictionary<string, string>());
        CollectionAssert.AreEqual(new TinyBackbone().ToBytes(),
            undo.Edit(new OnnxModelEditor(names, new Dictionary<string, string>()).Edit(new TinyBackbone().ToBytes())));
    }

    [TestMethod]
    public void Bytes_that_are_no_model_are_refused()
    {
        byte[] model = new TinyBackbone().ToBytes();
        OnnxModelEditor editor = new(new Dictionary<string, string>(), new Dictionary<string, string>());

        Assert.AreEqual("The bytes are no serialized ONNX model.",
            Assert.ThrowsExactly<InvalidDataException>(() => editor.Edit(model.AsSpan(0, model.Length / 2))).Message);
        Assert.ThrowsExactly<InvalidDataException>(() => editor.Edit([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
        Assert.ThrowsExactly<InvalidDataException>(() => editor.Edit([0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f]));
    }
}
