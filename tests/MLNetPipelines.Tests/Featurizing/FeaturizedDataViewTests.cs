using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>The cursors behind Transform: laziness, order, the other columns.</summary>
[TestClass]
public sealed class FeaturizedDataViewTests : IDisposable
{
    private const int Count = 50;
    private readonly TemporaryFolder folder = new();
    private readonly MLContext ml = new(seed: 1);
    private readonly List<Row> rows;
    private readonly IDataView source;
    private readonly ImageFeaturizingTransformer transformer;
    private readonly IDataView view;

    public FeaturizedDataViewTests()
    {
        rows = [.. NoiseImage.WriteMany(folder, Count).Select((path, i) => new Row
        {
            Number = i,
            ImagePath = path,
            Text = $"row {i}",
            Fixed = [i, i + 0.5f],
            Varying = [.. Enumerable.Range(0, i % 5)],
            Words = [.. Enumerable.Repeat($"word {i}", i % 3)],
        })];
        source = ml.Data.Cache(ml.Data.LoadFromEnumerable(rows)); // as a list, it could not be shuffled
        transformer = ml.Transforms.FeaturizeImages("Features", "ImagePath", new TinyBackbone().Write(folder.File("tiny.onnx")),
            new FeaturizeImagesOptions { Device = ComputeDevice.Cpu, BatchSize = 4 }).Fit(source);
        view = transformer.Transform(source);
    }

    [TestMethod]
    public void Every_column_comes_with_its_row()
    {
        List<FeaturizedRow> output = [.. ml.Data.CreateEnumerable<FeaturizedRow>(view, reuseRowObject: false)];

        Assert.HasCount(Count, output);
        foreach ((Row expected, FeaturizedRow actual) in rows.Zip(output))
        {
            AssertSame(expected, actual);
        }

        Assert.AreEqual(Count, view.GetRowCount());
    }

    [TestMethod]
    public void Shuffled_rows_stay_whole_and_come_in_the_sources_order()
    {
        Assert.IsTrue(view.CanShuffle);
        List<int> expected = [];
        using (DataViewRowCursor cursor = source.GetRowCursor([source.Schema["Number"]], new Random(5)))
        {
            ValueGetter<int> getNumber = cursor.GetGetter<int>(source.Schema["Number"]);
            int number = 0;
            while (cursor.MoveNext())
            {
                getNumber(ref number);
                expected.Add(number);
            }
        }

        using DataViewRowCursor shuffled = view.GetRowCursor(view.Schema, new Random(5));
        ValueGetter<int> number2 = shuffled.GetGetter<int>(view.Schema["Number"]);
        ValueGetter<VBuffer<int>> getVarying = shuffled.GetGetter<VBuffer<int>>(view.Schema["Varying"]);
        ValueGetter<VBuffer<float>> getFeatures = shuffled.GetGetter<VBuffer<float>>(view.Schema["Features"]);
        List<int> actual = [];
        List<(VBuffer<int> Varying, VBuffer<float> Features)> kept = [];
        while (shuffled.MoveNext())
        {
            (int number, VBuffer<int> varying, VBuffer<float> features) = (0, default, default);
            number2(ref number);
            getVarying(ref varying);
            getFeatures(ref features);
            Assert.AreEqual(actual.Count, shuffled.Position);
            actual.Add(number);
            kept.Add((varying, features));
        }

        CollectionAssert.AreEqual(expected, actual);
        CollectionAssert.AreNotEqual(Enumerable.Range(0, Count).ToList(), actual);
        foreach ((int number, (VBuffer<int> varying, VBuffer<float> features)) in actual.Zip(kept))
        {
            // What was handed out has not changed since.
            CollectionAssert.AreEqual(rows[number].Varying, varying.DenseValues().ToArray());
            ImageFeaturizerTests.AssertClose(FeaturesOf(rows[number]), [.. features.DenseValues()]);
        }
    }

    [TestMethod]
    public void Ids_are_the_sources()
    {
        using DataViewRowCursor expected = source.GetRowCursor([], new Random(3));
        using DataViewRowCursor actual = view.GetRowCursor([view.Schema["Features"]], new Random(3));
        (ValueGetter<DataViewRowId> getExpected, ValueGetter<DataViewRowId> getActual) = (expected.GetIdGetter(), actual.GetIdGetter());
        while (expected.MoveNext())
        {
            Assert.IsTrue(actual.MoveNext());
            (DataViewRowId one, DataViewRowId other) = (default, default);
            getExpected(ref one);
            getActual(ref other);
            Assert.AreEqual(one, other);
        }

        Assert.IsFalse(actual.MoveNext());
        Assert.AreEqual(-1, actual.Position);
    }

    [TestMethod]
    public void Who_does_not_ask_for_features_pays_for_none()
    {
        rows.ForEach(row => File.Delete(row.ImagePath!));

        CollectionAssert.AreEqual(rows.Select(row => row.Text).ToArray(), view.GetColumn<string>("Text").ToArray());
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Text"]]);
        Assert.IsFalse(cursor.IsColumnActive(view.Schema["Features"]));
        Assert.IsFalse(cursor.IsColumnActive(view.Schema["Number"]));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<VBuffer<float>>(view.Schema["Features"]));
    }

    [TestMethod]
    public void An_unreadable_image_throws_with_its_path_when_its_row_is_asked_for_it()
    {
        File.WriteAllBytes(rows[17].ImagePath!, []);
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Features"]]);
        ValueGetter<VBuffer<float>> getFeatures = cursor.GetGetter<VBuffer<float>>(view.Schema["Features"]);
        VBuffer<float> features = default;
        for (int i = 0; i < 17; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
            getFeatures(ref features);
        }

        Assert.IsTrue(cursor.MoveNext());
        UnreadableImageException error = Assert.ThrowsExactly<UnreadableImageException>(() => getFeatures(ref features));
        Assert.AreEqual($"The image '{rows[17].ImagePath}' is empty.", error.Message);
        Assert.AreEqual(rows[17].ImagePath, error.Path);
        Assert.IsTrue(cursor.MoveNext());
        getFeatures(ref features);
    }

    [TestMethod]
    public void A_cursor_may_be_left_early_and_used_no_more()
    {
        DataViewRowCursor cursor = view.GetRowCursorSet(view.Schema, 4)[0];
        ValueGetter<int> getNumber = cursor.GetGetter<int>(view.Schema["Number"]);
        int number = 0;
        Assert.ThrowsExactly<InvalidOperationException>(() => getNumber(ref number));
        Assert.IsTrue(cursor.MoveNext());
        getNumber(ref number);
        cursor.Dispose();
        cursor.Dispose();
        Assert.IsFalse(cursor.MoveNext());
        Assert.ThrowsExactly<InvalidOperationException>(() => getNumber(ref number));
    }

    [TestMethod]
    public void A_getter_of_another_type_is_refused()
    {
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        Assert.AreEqual("Column 'Number' holds System.Int32, and a getter for System.Single was asked for.",
            Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<float>(view.Schema["Number"])).Message);
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<float>(view.Schema["Features"]));
    }

    [TestMethod]
    public void Images_of_another_column_are_handed_through()
    {
        IDataView withImages = ml.Transforms.LoadImages("Image", imageFolder: null, inputColumnName: "ImagePath")
            .Fit(source).Transform(source);
        IDataView output = transformer.Transform(withImages);

        using DataViewRowCursor cursor = output.GetRowCursor(output.Schema);
        ValueGetter<MLImage> getImage = cursor.GetGetter<MLImage>(output.Schema["Image"]);
        MLImage image = null!;
        for (int i = 0; cursor.MoveNext(); i++)
        {
            getImage(ref image);
            Assert.AreEqual(20 + i % 30, image.Width);
            Assert.AreEqual(image.Width * image.Height * 4, image.Pixels.Length);
            image.Dispose(); // as the last consumer does
        }
    }

    [TestMethod]
    public void Two_cursors_at_once_do_not_disturb_each_other()
    {
        foreach ((float[] one, float[] other) in view.GetColumn<float[]>("Features").Zip(view.GetColumn<float[]>("Features")))
        {
            CollectionAssert.AreEqual(one, other);
        }
    }

    public void Dispose()
    {
        transformer.Dispose();
        folder.Dispose();
    }

    private void AssertSame(Row expected, FeaturizedRow actual)
    {
        Assert.AreEqual(expected.Number, actual.Number);
        Assert.AreEqual(expected.ImagePath, actual.ImagePath);
        Assert.AreEqual(expected.Text, actual.Text);
        CollectionAssert.AreEqual(expected.Fixed, actual.Fixed);
        CollectionAssert.AreEqual(expected.Varying, actual.Varying ?? []); // ML.NET gives null for an empty vector
        CollectionAssert.AreEqual(expected.Words, actual.Words ?? []);
        ImageFeaturizerTests.AssertClose(FeaturesOf(expected), actual.Features);
    }

    private float[] FeaturesOf(Row row) => transformer.Featurizer.Featurize([row.ImagePath!]).Single().Features!;

    private class Row
    {
        public int Number { get; set; }

        public string? ImagePath { get; set; }

        public string? Text { get; set; }

        [VectorType(2)]
        public float[]? Fixed { get; set; }

        public int[]? Varying { get; set; }

        public string[]? Words { get; set; }
    }

    private sealed class FeaturizedRow : Row
    {
        public float[]? Features { get; set; }
    }
}
