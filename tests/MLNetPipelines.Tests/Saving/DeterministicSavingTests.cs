using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>The same model is saved as the same file.</summary>
[TestClass]
public sealed class DeterministicSavingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TemporaryFolder photos = new();

    public DeterministicSavingTests() => NoiseImage.WriteClasses(photos, perClass: 4);

    [TestMethod]
    public void The_same_model_gives_the_same_bytes()
    {
        string[] files = [folder.File("one.zip"), folder.File("other.zip")];
        foreach (string file in files) Train((ml, model, schema) => ml.Model.SaveImageModel(model, schema, file));

        CollectionAssert.AreEqual(File.ReadAllBytes(files[0]), File.ReadAllBytes(files[1]));
        using ZipArchive zip = ZipFile.OpenRead(files[0]);
        Assert.IsTrue(zip.Entries.All(entry => entry.LastWriteTime.DateTime == new DateTime(1980, 1, 1))); // whenever it is saved
        Assert.IsEmpty(Directory.GetFiles(folder.Path, "*.tmp"));
    }

    [TestMethod]
    public void What_MLNet_saves_has_the_same_content()
    {
        string plain = folder.File("plain.zip");
        string deterministic = folder.File("deterministic.zip");
        Train((ml, model, schema) => ml.Model.Save(model, schema, plain));
        Train((ml, model, schema) => ml.Model.SaveImageModel(model, schema, deterministic));

        using ZipArchive one = ZipFile.OpenRead(plain);
        using ZipArchive other = ZipFile.OpenRead(deterministic);
        CollectionAssert.AreEqual(one.Entries.Select(entry => entry.FullName).ToArray(), other.Entries.Select(entry => entry.FullName)
            .ToArray());
        foreach ((ZipArchiveEntry first, ZipArchiveEntry second) in one.Entries.Zip(other.Entries))
        {
            CollectionAssert.AreEqual(Content(first), Content(second), first.FullName);
        }
    }

    [TestMethod]
    public void A_model_that_cannot_be_saved_leaves_the_one_that_was_there()
    {
        MLContext ml = new();
        string path = folder.File("model.zip");
        File.WriteAllText(path, "the one that was there");
        IDataView data = ml.Data.LoadFromEnumerable([new Row { Label = "a" }]);
        ITransformer unsavable = ml.Transforms.CustomMapping<Row, Row>((_, _) => { }, contractName: null).Fit(data);

        Assert.Throws<Exception>(() => ml.Model.SaveImageModel(unsavable, data.Schema, path));

        Assert.AreEqual("the one that was there", File.ReadAllText(path));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    public void Dispose()
    {
        folder.Dispose();
        photos.Dispose();
    }

    /// <summary>Everything anew, as another run of a program would: context, featurizer, trainer.</summary>
    private void Train(Action<MLContext, ITransformer, DataViewSchema> save)
    {
        MLContext ml = new(seed: 1);
        IDataView data = ml.Data.LoadImageFolder(photos.Path);
        using TransformerChain<Microsoft.ML.Transforms.KeyToValueMappingTransformer> model = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(ml.Transforms.FeaturizeImages("Features", "ImagePath", new TinyBackbone()
                .Write(Path.Combine(folder.Path, "tiny.onnx"))))
            .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(
                new Microsoft.ML.Trainers.LbfgsMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = 1 }))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(data);
        save(ml, model, data.Schema);
    }

    private static byte[] Content(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        using MemoryStream content = new();
        stream.CopyTo(content);
        return content.ToArray();
    }

    private sealed class Row
    {
        public string? Label { get; set; }
    }
}
