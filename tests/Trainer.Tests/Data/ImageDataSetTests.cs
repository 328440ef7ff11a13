using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;
using Trainer.Tests.Estimators;

namespace Trainer.Tests.Data;

/// <summary>Images in memory, and in ML.NET's data.</summary>
[TestClass]
public sealed class ImageDataSetTests
{
    private readonly MLContext mlContext = new(seed: 1);

    [TestMethod]
    public void Images_in_memory_train_the_network_that_their_files_do_and_leave_nothing()
    {
        using var flowers = new TinyFlowers();
        using var data = ImageDataSet.FromEncodedImages(
            flowers.Images.Select(image => (new ReadOnlyMemory<byte>(File.ReadAllBytes(image.ImagePath)), image.Label)));
        string spooled = data.List(allowMissingClasses: false).Train[0].ImagePath;
        Assert.IsTrue(File.Exists(spooled));
        using (TrainingRun files = BackboneTrainer.Train(ImageDataSet.FromImages(flowers.Images), TinyFlowers.Training),
            memory = BackboneTrainer.Train(data, TinyFlowers.Training))
        {
            CollectionAssert.AreEqual(File.ReadAllBytes(files.BackboneFile), File.ReadAllBytes(memory.BackboneFile));
        }
        data.Dispose();
        Assert.IsFalse(Directory.Exists(Path.GetDirectoryName(Path.GetDirectoryName(spooled))));
    }

    /// <summary>Translucent ones too: their colours are taken as they are, by training and by predicting.</summary>
    [TestMethod]
    [DataRow(MLPixelFormat.Rgba32)]
    [DataRow(MLPixelFormat.Bgra32)]
    public void An_image_of_MLNet_is_kept_with_the_very_colours_that_featurizing_takes(MLPixelFormat format)
    {
        byte[] pixels = new byte[8 * 8 * 4];
        new Random(1).NextBytes(pixels);
        using var image = MLImage.CreateFromPixels(8, 8, format, pixels);
        IDataView images = mlContext.Data.LoadFromEnumerable([new ImageRow { Image = image, Label = "noise" }]);
        using var data = ImageDataSet.FromDataView(images, "Image");
        var preprocessor = new ImagePreprocessor(new ImagePreprocessing { ImageSize = 8, CropFraction = 1 });
        byte[] expected = new byte[8 * 8 * 3], got = new byte[8 * 8 * 3];
        preprocessor.Convert(image, expected);
        preprocessor.Decode(File.ReadAllBytes(data.List(allowMissingClasses: false).Train[0].ImagePath), got);
        CollectionAssert.AreEqual(expected, got);
    }

    [TestMethod]
    public void Labels_of_any_type_name_classes()
    {
        IDataView rows = mlContext.Data.LoadFromEnumerable(
            [new Labels { Number = 2.5f, Answer = true, Text = "a" }, new Labels { Path = "other", Number = 7, Text = "b" }]);
        IDataView keyed = mlContext.Transforms.Conversion.MapValueToKey("Key", "Text").Fit(rows).Transform(rows);
        CollectionAssert.AreEqual(new[] { "2.5", "7" }, Classes("Number"));
        CollectionAssert.AreEqual(new[] { "True", "False" }, Classes("Answer"));
        CollectionAssert.AreEqual(new[] { "a", "b" }, Classes("Text"));
        CollectionAssert.AreEqual(new[] { "a", "b" }, Classes("Key"));

        string[] Classes(string column)
        {
            using var data = ImageDataSet.FromDataView(keyed, "Path", column);
            return [.. data.List(allowMissingClasses: false).Train.Select(image => image.Label)];
        }
    }

    [TestMethod]
    public void Images_without_a_class_or_a_path_are_named_by_their_rows()
    {
        IDataView missing = mlContext.Data.LoadFromEnumerable(
            [new Labels { Text = "a" }, new Labels { Path = "other", Number = float.NaN }]);
        Assert.AreEqual("The image in row 1 has an empty label (column 'Number'). Give every image a class, or leave the row out.",
            Assert.Throws<InvalidDataException>(() => ImageDataSet.FromDataView(missing, "Path", "Number")).Message);
        IDataView nowhere = mlContext.Data.LoadFromEnumerable([new Labels(), new Labels { Path = "" }]);
        Assert.StartsWith("Image 1 has no path.",
            Assert.Throws<ArgumentException>(() => ImageDataSet.FromDataView(nowhere, "Path", "Number")).Message);
        Assert.StartsWith("Image 0 has no class.",
            Assert.Throws<ArgumentException>(() => ImageDataSet.FromEncodedImages([(new byte[] { 1 }, " ")])).Message);
    }

    private sealed class ImageRow
    {
        [ImageType(8, 8)]
        public MLImage? Image { get; set; }

        public string Label { get; set; } = "";
    }

    private sealed class Labels
    {
        public string Path { get; set; } = "one";

        public float Number { get; set; }

        public bool Answer { get; set; }

        public string Text { get; set; } = "";
    }
}
