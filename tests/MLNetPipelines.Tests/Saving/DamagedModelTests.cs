using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>What LoadImageModel says of files that it cannot load.</summary>
[TestClass]
public sealed class DamagedModelTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MLContext ml = new();
    private readonly string path;

    public DamagedModelTests() => path = folder.File("model.zip");

    [TestMethod]
    public void A_missing_file_is_named() => Assert.AreEqual(
        $"The model '{path}' does not exist. `resnet-mlnet train FOLDER` makes one.",
        Assert.ThrowsExactly<FileNotFoundException>(() => ml.Model.LoadImageModel(path, out _)).Message);

    [TestMethod]
    public void What_is_no_zip_file_is_refused()
    {
        SaveModel();
        byte[] whole = File.ReadAllBytes(path);
        foreach (byte[] bytes in new[] { [], "a text"u8.ToArray(), whole[..(whole.Length / 2)] })
        {
            File.WriteAllBytes(path, bytes);
            Assert.AreEqual($"'{path}' is not an ML.NET model: it is not a zip file, or a truncated one.", Error());
        }
    }

    [TestMethod]
    public void Another_zip_file_is_refused()
    {
        using (ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            zip.CreateEntry("word/document.xml");
        }

        Assert.AreEqual($"'{path}' is a zip file, but not an ML.NET model: it has no 'TransformerChain/Model.key'.", Error());
    }

    [TestMethod]
    public void A_model_without_a_featurizer_is_refused()
    {
        IDataView data = ml.Data.LoadFromEnumerable([new { Text = "a" }]);
        ml.Model.Save(ml.Transforms.CopyColumns("Copy", "Text").Fit(data), data.Schema, path);

        Assert.AreEqual($"'{path}' is an ML.NET model without an image featurizer of ResNetMLNet. Load it with mlContext.Model.Load.",
            Error());
    }

    [TestMethod]
    public void A_network_that_claims_a_nonsense_size_is_refused_unread()
    {
        SaveModel();
        using (ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Update))
        {
            using Stream bomb = zip.CreateEntry("TransformerChain/Transform_005/OnnxModel", CompressionLevel.Fastest).Open();
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 200; i++)
            {
                bomb.Write(zeros);
            }
        }

        Assert.AreEqual(
            $"'{path}' is not a model to load: it has a part 'TransformerChain/Transform_005/OnnxModel' that unpacks to more than 50 "
            + $"times its size.", Error());
    }

    [TestMethod]
    [DataRow("TransformerChain/Model.key", "is not a model to load: it has a part 'TransformerChain/Model.key' that is damaged.")]
    [DataRow("TransformerChain/Transform_003/Model.key",
        "is not a model to load: it has a part 'TransformerChain/Transform_003/Model.key' that is damaged.")]
    [DataRow("TransformerChain/Transform_006/OnnxModel",
        "has a damaged network in 'TransformerChain/Transform_006/OnnxModel'. Save the model again.")]
    public void A_damaged_part_is_one_clear_sentence(string entryName, string message)
    {
        SaveModel();
        using (ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Update))
        {
            zip.GetEntry(entryName)!.Delete();
            using Stream stream = zip.CreateEntry(entryName).Open();
            stream.Write(new byte[300]);
        }

        Assert.AreEqual($"'{path}' {message}", Error());
    }

    public void Dispose() => folder.Dispose();

    private void SaveModel()
    {
        IDataView data = ml.Data.LoadFromEnumerable([new { ImagePath = "a" }]);
        using ImageFeaturizingTransformer transformer =
            ml.Transforms.FeaturizeImages("Features", "ImagePath", new TinyBackbone().Write(folder.File("tiny.onnx"))).Fit(data);
        ml.Model.Save(transformer, data.Schema, path);
    }

    private string Error() => Assert.ThrowsExactly<InvalidDataException>(() => ml.Model.LoadImageModel(path, out _)).Message;
}
