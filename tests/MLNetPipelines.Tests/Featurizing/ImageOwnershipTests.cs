using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Who releases the images that pass through a featurizer to later transforms.</summary>
[TestClass]
public sealed class ImageOwnershipTests : IDisposable
{
    private const int Rows = 30, Width = 1600, Height = 1200; // 7.7 MB each, decoded
    private readonly TemporaryFolder folder = new();
    private readonly MLContext ml = new();
    private readonly string backbone;
    private readonly string image;

    public ImageOwnershipTests()
    {
        backbone = new TinyBackbone().Write(folder.File("tiny.onnx"));
        image = folder.File("large.png");
        using SKBitmap bitmap = new(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        bitmap.Erase(SKColors.SteelBlue);
        using FileStream file = File.Create(image);
        bitmap.Encode(file, SKEncodedImageFormat.Png, quality: 100);
    }

    private static FeaturizeImagesOptions Options => new() { Device = ComputeDevice.Cpu };

    [TestMethod]
    public void Images_that_pass_to_a_later_transform_are_released_row_by_row()
    {
        IDataView data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(i => new PathRow { ImagePath = image, Number = i }));
        IEstimator<ITransformer> pipeline = ml.Transforms.LoadImages("Image", imageFolder: null, "ImagePath")
            .Append(ml.Transforms.FeaturizeImages("Features", "Image", backbone, Options))
            .Append(ml.Transforms.ResizeImages("Small", 8, 8, "Image"))
            .Append(ml.Transforms.ExtractPixels("Pixels", "Small"))
            .Append(ml.Transforms.ResizeImages("Large", Width, Height, "Image"));
        using var model = (IDisposable)pipeline.Fit(data);
        IDataView output = ((ITransformer)model).Transform(data);
        ProcessMemory.Reset();
        long before = ProcessMemory.Resident;
        for (int pass = 0; pass < 2; pass++)
        {
            int rows = 0;
            using DataViewRowCursor cursor = output.GetRowCursor(output.Schema);
            ValueGetter<VBuffer<float>> features = cursor.GetGetter<VBuffer<float>>(output.Schema["Features"]), pixels =
                cursor.GetGetter<VBuffer<float>>(output.Schema["Pixels"]);
            ValueGetter<MLImage> large = cursor.GetGetter<MLImage>(output.Schema["Large"]);
            ValueGetter<int> number = cursor.GetGetter<int>(output.Schema["Number"]);
            VBuffer<float> vector = default;
            MLImage? largeImage = null;
            int value = 0;
            while (cursor.MoveNext())
            {
                features(ref vector);
                pixels(ref vector);
                Assert.AreEqual(SKColors.SteelBlue.Red, (byte)vector.GetItemOrDefault(0));
                large(ref largeImage!);
                Assert.AreEqual(Width, largeImage.Width);
                number(ref value);
                Assert.AreEqual(rows++, value);
            }

            largeImage?.Dispose();
            Assert.AreEqual(Rows, rows);
        }

        // Images of a batch, those of the transforms around it, and the heap: without release it would be all 120 that pass, 0.9 GB.
        Assert.IsLessThan(200_000_000, ProcessMemory.Resident - before);
    }

    [TestMethod]
    public void The_callers_own_images_are_left_alone()
    {
        using MLImage own = MLImage.CreateFromFile(image);
        IDataView data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(_ => new ImageRow { Image = own }).ToList());
        using ImageFeaturizingTransformer transformer = ml.Transforms.FeaturizeImages("Features", "Image", backbone, Options).Fit(data);
        for (int pass = 0; pass < 2; pass++)
        {
            IDataView output = transformer.Transform(data);
            using DataViewRowCursor cursor = output.GetRowCursor(output.Schema);
            ValueGetter<MLImage> get = cursor.GetGetter<MLImage>(output.Schema["Image"]);
            MLImage? received = null;
            while (cursor.MoveNext())
            {
                MLImage? earlier = received;
                get(ref received!);
                Assert.AreNotSame(own, received);
                Assert.AreEqual(Width, received.Width);
                if (earlier is not null) Assert.ThrowsExactly<InvalidOperationException>(() => earlier.Width);
            }

            received!.Dispose();
        }

        using PredictionEngine<ImageRow, FeatureRow> engine = ml.Model.CreatePredictionEngine<ImageRow, FeatureRow>(transformer);
        Assert.HasCount(transformer.Featurizer.FeatureCount, engine.Predict(new ImageRow { Image = own }).Features!);
        Assert.HasCount(transformer.Featurizer.FeatureCount, engine.Predict(new ImageRow { Image = own }).Features!);
        Assert.AreEqual(Width, own.Width);
    }

    [TestMethod]
    public void A_missing_image_is_unreadable_and_passes_as_missing()
    {
        IDataView data = ml.Data.LoadFromEnumerable([new ImageRow(), new ImageRow()]);
        using ImageFeaturizingTransformer transformer = ml.Transforms
            .FeaturizeImages("Features", "Image", backbone, Options with { UnreadableImages = UnreadableImages.UseDefault }).Fit(data);
        CollectionAssert.AreEqual(new[] { false, false }, transformer.Transform(data).GetColumn<bool>("FeaturesIsReadable").ToArray());
        Assert.IsNull(transformer.Transform(data).GetColumn<MLImage>("Image").First());
    }

    public void Dispose() => folder.Dispose();

    private sealed class PathRow
    {
        public string? ImagePath { get; set; }

        public int Number { get; set; }
    }

    private sealed class ImageRow
    {
        [ImageType(Height, Width)]
        public MLImage? Image { get; set; }
    }

    private sealed class FeatureRow
    {
        public float[]? Features { get; set; }
    }
}
