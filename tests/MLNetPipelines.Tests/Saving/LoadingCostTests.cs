using System.IO.Compression;
using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.Data;
using Onnx;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>A model is loaded by reading its network once and opening it once, and saved without packing it.</summary>
[TestClass]
public sealed class LoadingCostTests : IDisposable
{
    private const int WeightBytes = 32_000_000;

    private readonly TemporaryFolder folder = new();
    private readonly MLContext ml = new(seed: 1);
    private readonly string backbone;
    private readonly string model;

    public LoadingCostTests()
    {
        NoiseImage.WriteClasses(folder, perClass: 4);
        IDataView photos = ml.Data.LoadImageFolder(folder.Path);
        ModelProto network = new TinyBackbone().ToModel();
        byte[] weights = new byte[WeightBytes];
        new Random(1).NextBytes(weights);
        network.Graph.Initializer.Add(new TensorProto
        {
            Name = "ballast",
            DataType = (int)TensorProto.Types.DataType.Uint8,
            Dims = { WeightBytes },
            RawData =
                ByteString.CopyFrom(weights),
        });
        backbone = folder.File(".backbone", "large.onnx");
        File.WriteAllBytes(backbone, network.ToByteArray());
        model = folder.File(".models", "model.zip");
        using TransformerChain<ITransformer> trained = ml.MulticlassClassification.ImageClassification(backbone).Fit(photos);
        ml.Model.SaveImageModel(trained, photos.Schema, model);
    }

    /// <summary>Three copies are needed: unpacked, parsed, and as it was before it was saved.</summary>
    [TestMethod]
    public void Loading_a_model_parses_its_network_once_and_opens_one_session()
    {
        ImageClassifier.Load(model).Dispose(); // what is done once in a process
        (double copies, long sessions) = Cost(() => ImageClassifier.Load(model));
        Assert.IsLessThan(3.5, copies);
        Assert.AreEqual(1, sessions);

        (copies, sessions) = Cost(() => ml.Model.LoadImageModel(model, out _));
        Assert.IsLessThan(3.5, copies);
        Assert.AreEqual(1, sessions);

        (copies, sessions) = Cost(() => ImageClassificationService.Open(model));
        Assert.IsLessThan(3.5, copies);
        Assert.AreEqual(1, sessions);
    }

    [TestMethod]
    public void Opening_a_backbone_parses_it_once_and_opens_one_session()
    {
        (double copies, long sessions) = Cost(() => ImageFeaturizer.Open(backbone));
        Assert.IsLessThan(2.5, copies);
        Assert.AreEqual(1, sessions);
    }

    /// <summary>Four copies are made to sign it and for ML.NET to open it. ML.NET would make four more to pack it, and it would be unpacked again.</summary>
    [TestMethod]
    public void Saving_a_model_keeps_its_network_out_of_MLNets_hands()
    {
        using TransformerChain<ITransformer> loaded = ml.Model.LoadImageModel(model, out DataViewSchema schema);
        string again = folder.File(".models", "again.zip");
        (double copies, long sessions) = Cost(() =>
        {
            ml.Model.SaveImageModel(loaded, schema, again);
            return new MemoryStream();
        });
        Assert.IsLessThan(4.5, copies);
        Assert.AreEqual(0, sessions);
        CollectionAssert.AreEqual(File.ReadAllBytes(model), File.ReadAllBytes(again));
    }

    /// <summary>Weights hardly shrink, and unpacking them takes longer than all else.</summary>
    [TestMethod]
    public void A_network_is_stored_as_it_is()
    {
        using ZipArchive zip = ZipFile.OpenRead(model);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            if (ModelArchive.IsNetwork(entry.FullName)) Assert.AreEqual(entry.Length, entry.CompressedLength);
            else if (entry.Length > 1000) Assert.IsLessThan(entry.Length, entry.CompressedLength, entry.FullName);
        }
    }

    public void Dispose() => folder.Dispose();

    private static (double Copies, long Sessions) Cost(Func<IDisposable> load)
    {
        long allocated = GC.GetTotalAllocatedBytes(precise: true), sessions = DeviceSession.Opened;
        load().Dispose();
        return ((GC.GetTotalAllocatedBytes(precise: true) - allocated) / (double)WeightBytes, DeviceSession.Opened - sessions);
    }
}
