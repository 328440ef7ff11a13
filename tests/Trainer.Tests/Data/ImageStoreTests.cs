using Google.Protobuf;
using Onnx;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;
using SkiaSharp;

namespace Trainer.Tests.Data;

/// <summary>Images decoded once: what is kept, and where.</summary>
[TestClass]
public sealed class ImageStoreTests
{
    private readonly TemporaryFolder folder = new();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    public void Photos_are_shrunk_and_small_pictures_are_not_enlarged()
    {
        Write("photo.png", 120, 60);
        Write("small.png", 20, 10);
        Write("column.png", 1, 90);
        using ImageStore store = Load(new ImageStoreOptions { ShorterSide = 30 }, "photo.png", "small.png", "column.png");
        CollectionAssert.AreEqual(new[] { (60, 30), (20, 10), (1, 90) }, Enumerable.Range(0, store.Count).Select(store.SizeOf).ToArray());
    }

    [TestMethod]
    public void A_picture_that_is_not_shrunk_has_the_pixels_of_its_file()
    {
        using SKBitmap bitmap = SKBitmap.Decode(Write("small.png", 7, 5));
        using ImageStore store = Load(new ImageStoreOptions(), "small.png");
        byte[] buffer = [];
        CollectionAssert.AreEqual(bitmap.Pixels.SelectMany(pixel => new[] { pixel.Red, pixel.Green, pixel.Blue }).ToArray(), store.Read(0, ref buffer).ToArray());
    }

    [TestMethod]
    public void On_disk_are_the_bytes_that_would_be_in_memory_and_the_file_goes_with_the_store()
    {
        IReadOnlyList<LabeledImage> images = ImageFolder.List(folder.Photos("photos", 3, "daisy", "roses"));
        string temporary = Directory.CreateDirectory(folder["temporary"]).FullName;
        using ImageStore inMemory = ImageStore.Load(images, new ImageStoreOptions { ShorterSide = 48 }, CancellationToken.None);
        byte[] buffer = [], otherBuffer = [];
        // Two images fit in memory, so both ways of reading are in one store.
        long limit = 2L * inMemory.Read(0, ref buffer).Length + 100;
        using (ImageStore onDisk = ImageStore.Load(images, new ImageStoreOptions { ShorterSide = 48, MemoryLimit = limit, Folder = temporary }, CancellationToken.None))
        {
            long all = 0;
            for (int i = 0; i < images.Count; i++)
            {
                ReadOnlySpan<byte> expected = inMemory.Read(i, ref buffer);
                CollectionAssert.AreEqual(expected.ToArray(), onDisk.Read(i, ref otherBuffer).ToArray());
                all += expected.Length;
            }

            Assert.AreEqual(0, inMemory.BytesOnDisk);
            Assert.IsInRange(all - limit, all - 1, onDisk.BytesOnDisk);
            Assert.HasCount(OperatingSystem.IsWindows() ? 1 : 0, Directory.GetFiles(temporary));
        }

        Assert.IsEmpty(Directory.GetFiles(temporary));
    }

    [TestMethod]
    public void Unreadable_files_are_skipped_and_reported_in_their_order()
    {
        Write("a.png", 8, 8);
        File.WriteAllText(folder["b.png"], "");
        Write("c.png", 8, 8);
        File.WriteAllText(folder["d.png"], "no image");
        using ImageStore store = Load(new ImageStoreOptions { Workers = 4 }, "a.png", "b.png", "c.png", "d.png");
        CollectionAssert.AreEqual(new[] { folder["a.png"], folder["c.png"] }, store.Images.Select(image => image.ImagePath).ToArray());
        CollectionAssert.AreEqual(
            new[] { new SkippedImage(folder["b.png"], "is empty"), new SkippedImage(folder["d.png"], "is not an image in a known format (JPEG, PNG, GIF, BMP, WebP)") },
            store.Skipped.ToArray());
    }

    /// <summary>Grey, grey of 16 bits, CMYK, a palette, transparency, an animation, one pixel, turned by EXIF: as the decoder has them; and a file that asks for 3.6 GB.</summary>
    [TestMethod]
    [DataRow(ImageResizing.Crop)]
    [DataRow(ImageResizing.Letterbox)]
    public void Odd_pictures_are_kept_as_the_decoder_reads_them(ImageResizing resizing)
    {
        string[] names = ["gray.jpg", "gray16.png", "cmyk.jpg", "palette.png", "alpha.png", "photo.gif", "one_pixel.png", "exif_orientation_6.jpg", "bomb_30000x30000.png"];
        string odd = Path.Combine(AppContext.BaseDirectory, "OddImages");
        using ImageStore store = ImageStore.Load([.. names.Select(name => new LabeledImage { ImagePath = Path.Combine(odd, name) })], new ImageStoreOptions(), CancellationToken.None);
        Assert.AreEqual(new SkippedImage(Path.Combine(odd, "bomb_30000x30000.png"), "has 900 megapixels; the limit is 100"), store.Skipped.Single());
        byte[] buffer = [];
        for (int i = 0; i < store.Count; i++)
        {
            (int width, int height) = store.SizeOf(i);
            int side = Math.Min(width, height);
            var preprocessing = new ImagePreprocessing { ImageSize = side, CropFraction = 1, Resizing = resizing };
            var preprocessor = new ImagePreprocessor(preprocessing);
            byte[] expected = new byte[preprocessor.PixelCount], cut = new byte[expected.Length];
            preprocessor.Load(store.Images[i].ImagePath, expected);
            new Augmenter(new LoaderOptions { Preprocessing = preprocessing }).Apply(store.Read(i, ref buffer), width, height, default, side, cut);
            CollectionAssert.AreEqual(expected, cut, names[i]);
        }
    }

    [TestMethod]
    public void A_data_set_without_a_readable_image_is_an_error()
    {
        File.WriteAllText(folder["a.png"], "");
        Assert.AreEqual("None of the 1 files is an image that can be read.",
            Assert.ThrowsExactly<TrainingException>(() => Load(new ImageStoreOptions(), "a.png")).Message);
    }

    [TestMethod]
    public void Cancelling_stops_the_decoding_and_leaves_no_file()
    {
        IReadOnlyList<LabeledImage> images = ImageFolder.List(TemporaryFolder.Flowers);
        string temporary = Directory.CreateDirectory(folder["temporary"]).FullName;
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() => ImageStore.Load(images, new ImageStoreOptions { MemoryLimit = 0, Folder = temporary }, stop.Token));
        Assert.IsEmpty(Directory.GetFiles(temporary));
    }

    [TestMethod]
    public void A_folder_that_cannot_take_the_file_is_an_error_of_one_sentence()
    {
        Write("a.png", 8, 8);
        StringAssert.StartsWith(
            Assert.ThrowsExactly<DirectoryNotFoundException>(() => Load(new ImageStoreOptions { MemoryLimit = 0, Folder = folder["absent"] }, "a.png")).Message,
            "Could not find a part of the path");
    }

    /// <summary>A network that gives back what it gets shows which pixels the featurizer gives it.</summary>
    [TestMethod]
    [DataRow(Interpolation.Bilinear)]
    [DataRow(Interpolation.Bicubic)]
    public void Pixels_to_evaluate_on_are_those_that_the_featurizer_gives_the_network(Interpolation interpolation)
    {
        IReadOnlyList<LabeledImage> images = ImageFolder.List(folder.Photos("photos", 2, "daisy", "roses", "tulips"));
        var preprocessing = new ImagePreprocessing { ImageSize = 40, CropFraction = 0.875, Interpolation = interpolation };
        File.WriteAllBytes(folder["identity.onnx"], Identity(preprocessing));
        using ImageFeaturizer featurizer = ImageFeaturizer.Open(folder["identity.onnx"], new FeaturizeImagesOptions { ScaledDecoding = ImageStore.ScaledDecoding });
        float[][] expected = [.. featurizer.Featurize(images.Select(image => image.ImagePath)).Select(image => image.Features!)];

        using ImageStore store = ImageStore.LoadCrops(images, preprocessing, new ImageStoreOptions(), CancellationToken.None);
        var loader = new EvaluationLoader(store, [5, 4, 3, 2, 1, 0], batchSize: 4);
        Assert.AreEqual(2, loader.Steps);
        var labels = new List<double>();
        int seen = 0;
        foreach (Batch batch in loader.Batches(CancellationToken.None))
        {
            Assert.AreEqual((3, 40, 3 * 40 * 40 * 3), (batch.Count, batch.Size, batch.Length));
            foreach (byte[] pixels in batch.Pixels.AsSpan(0, batch.Length).ToArray().Chunk(Batch.ImageLength(batch.Size)))
                CollectionAssert.AreEqual(expected[seen++], Array.ConvertAll(pixels, value => (float)value));
            labels.AddRange(batch.Labels);
        }

        Assert.AreEqual(6, seen);
        CollectionAssert.AreEqual(new double[] { 5, 4, 3, 2, 1, 0 }, labels);
    }

    [TestMethod]
    public void Whole_images_are_not_evaluated_on()
    {
        Write("a.png", 8, 8);
        using ImageStore store = Load(new ImageStoreOptions(), "a.png");
        Assert.AreEqual("The images are whole. Load those to evaluate on with ImageStore.LoadCrops. (Parameter 'store')",
            Assert.ThrowsExactly<ArgumentException>(() => new EvaluationLoader(store, [0], 1)).Message);
    }

    private ImageStore Load(ImageStoreOptions options, params string[] names) => ImageStore.Load(
        [.. names.Select(name => new LabeledImage { ImagePath = folder[name], Label = "any" })], options, CancellationToken.None);

    private string Write(string name, int width, int height)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++) bitmap.SetPixel(x, y, new SKColor((byte)(x * 7), (byte)(y * 11), (byte)(x * y)));
        }

        using SKData encoded = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(folder[name], encoded.ToArray());
        return folder[name];
    }

    private static byte[] Identity(ImagePreprocessing preprocessing)
    {
        int size = preprocessing.ImageSize;
        var graph = new GraphProto { Name = "identity" };
        graph.Input.Add(Value("pixels", TensorProto.Types.DataType.Uint8, size, size, 3));
        graph.Output.Add(Value("features", TensorProto.Types.DataType.Float, size * size * 3));
        graph.Node.Add(new NodeProto
        {
            OpType = "Cast",
            Name = "cast",
            Input = { "pixels" },
            Output = { "float" },
            Attribute = { new AttributeProto { Name = "to", Type = AttributeProto.Types.AttributeType.Int, I = (long)TensorProto.Types.DataType.Float } },
        });
        graph.Node.Add(new NodeProto { OpType = "Flatten", Name = "flatten", Input = { "float" }, Output = { "features" } });
        var model = new ModelProto { IrVersion = 8, Graph = graph, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 } } };
        foreach ((string key, string value) in new[]
        {
            ("version", "1"), ("architecture", "identity"), ("image_size", $"{size}"), ("crop_fraction", $"{preprocessing.CropFraction}"),
            ("interpolation", preprocessing.Interpolation == Interpolation.Bicubic ? "bicubic" : "bilinear"),
        })
        {
            model.MetadataProps.Add(new StringStringEntryProto { Key = $"resnetmlnet.{key}", Value = value });
        }

        return model.ToByteArray();

        static ValueInfoProto Value(string name, TensorProto.Types.DataType type, params int[] behindTheBatch) => new()
        {
            Name = name,
            Type = new TypeProto
            {
                TensorType = new TypeProto.Types.Tensor
                {
                    ElemType = (int)type,
                    Shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "N" }, behindTheBatch.Select(length => new TensorShapeProto.Types.Dimension { DimValue = length }) } },
                },
            },
        };
    }
}
