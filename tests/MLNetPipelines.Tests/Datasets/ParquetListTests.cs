using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Parquet;
using Parquet.Schema;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Lists in Parquet, and images in it as Hugging Face's data sets have them; <c>Data/ORIGIN.md</c> has the file.</summary>
[TestClass]
public sealed class ParquetListTests : IDisposable
{
    private static readonly string Held = Path.Combine(AppContext.BaseDirectory, "Datasets", "Data", "huggingface.parquet");

    private readonly TemporaryFolder folder = new();

    [TestMethod]
    public void Images_and_the_names_of_their_classes_are_read()
    {
        var list = ImageList.Open(Held, new ImageListOptions { LabelColumn = "label" });
        Assert.IsTrue(list.HoldsImages && list.HasLabels);
        ImageListRow[] rows = [.. list.Rows()];
        Assert.AreEqual((Place(1), "abc", "a.jpg", "dog", DataSetPart.Train), Shown(rows[0]));
        Assert.AreEqual((Path.Combine(Path.GetDirectoryName(Held)!, "b.jpg"), "cat"), (rows[1].ImagePath, rows[1].Label));
        Assert.AreEqual((Place(3), "de", null, null, DataSetPart.Test), Shown(rows[2]));
        Assert.AreEqual("has no path. Name an image file, or remove the line", rows[3].Problem);
        Assert.AreEqual("has the class 7, and the file names 2 classes", rows[4].Problem);
        Assert.IsTrue(list.Rows(contents: false).All(row => row.Content.IsEmpty));

        static string Place(int row) => $"{Held}, row {row}";
        static (string, string, string?, string?, DataSetPart?) Shown(ImageListRow row) =>
            (row.Place, Encoding.ASCII.GetString(row.Content.Span), row.Name, row.Label, row.Part);
    }

    [TestMethod]
    [DataRow("tags", "[\"x\",\"y\"]", "[]", "[]")]
    [DataRow("value", "1.5", null, "2")]
    [DataRow("split", "train", "validation", "test")]
    public void Labels_are_lists_numbers_or_texts(string column, string first, string? second, string third)
    {
        ImageListRow[] rows = [.. ImageList.Open(Held, new ImageListOptions { LabelColumn = column }).Rows()];
        CollectionAssert.AreEqual(new[] { first, second, third }, rows[..3].Select(row => row.Label).ToArray());
    }

    [TestMethod]
    public void MLNet_gets_the_images_themselves()
    {
        var mlContext = new MLContext();
        IDataView view = mlContext.Data.LoadImageList(Held, part: DataSetPart.Train);
        byte[] image = view.GetColumn<byte[]>("Image").Single();
        Assert.AreEqual(("abc", "dog"), (Encoding.ASCII.GetString(image), view.GetColumn<string>("Label").Single()));
    }

    [TestMethod]
    public async Task Files_of_a_folder_are_parted_by_their_names()
    {
        await Write("train-00000-of-00002.parquet", "1.jpg", "2.jpg");
        await Write("train-00001-of-00002.parquet", "3.jpg");
        await Write("validation-00000-of-00001.parquet", "4.jpg");
        CollectionAssert.AreEqual(new[] { "1.jpg Train", "2.jpg Train", "3.jpg Train", "4.jpg Validation" },
            ImageList.Open(folder.Path).Rows().Select(row => $"{Path.GetRelativePath(folder.Path, row.ImagePath!)} {row.Part}").ToArray());
        Assert.IsNull(ImageList.Open(folder.File("validation-00000-of-00001.parquet")).Rows().Single().Part);
    }

    [TestMethod]
    public void A_file_is_known_by_its_content_and_one_that_is_cut_off_says_so()
    {
        byte[] whole = File.ReadAllBytes(Held);
        File.WriteAllBytes(folder.File("data"), whole);
        Assert.IsTrue(ImageList.IsOne(folder.File("data")));
        File.WriteAllBytes(folder.File("cut.parquet"), whole[..^100]);
        Assert.AreEqual($"'{folder.File("cut.parquet")}' is cut off: it starts as a Parquet file and does not end as one. Fetch it once more.",
            Assert.ThrowsExactly<InvalidDataException>(() => ImageList.Open(folder.File("cut.parquet"))).Message);
        File.WriteAllText(folder.File("text.parquet"), "path,label\n");
        Assert.AreEqual($"'{folder.File("text.parquet")}' is not a Parquet file: it does not start as one.",
            Assert.ThrowsExactly<InvalidDataException>(() => ImageList.Open(folder.File("text.parquet"))).Message);
    }

    /// <summary>A shard that cannot be read is a bad row, and the next one is read.</summary>
    [TestMethod]
    public async Task A_bad_file_of_several_ends_nothing()
    {
        await Write("a-0.parquet", "1.jpg");
        File.WriteAllText(folder.File("a-1.parquet"), "PAR1 and nothing else");
        await Write("a-2.parquet", "2.jpg");
        ImageListRow[] rows = [.. ImageList.Open(folder.File("a-{0..2}.parquet")).Rows()];
        Assert.HasCount(3, rows);
        StringAssert.StartsWith(rows[1].Problem, "cannot be read: ");
        Assert.AreEqual(folder.File("2.jpg"), rows[2].ImagePath);
        Assert.AreEqual($"The list '{folder.File("a-3.parquet")}' does not exist.",
            Assert.ThrowsExactly<FileNotFoundException>(() => ImageList.Open(folder.File("a-{0..3}.parquet"))).Message);
    }

    [TestMethod]
    public void Corrupted_bytes_are_read_or_refused()
    {
        var random = new Random(1);
        byte[] whole = File.ReadAllBytes(Held);
        string path = folder.File("bad.parquet");
        for (int i = 0; i < 300; i++)
        {
            byte[] bytes = [.. whole];
            for (int change = 0; change < 2; change++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(path, bytes);
            ImageList list;
            try
            {
                list = ImageList.Open(path);
            }
            catch (InvalidDataException e)
            {
                StringAssert.Contains(e.Message, path);
                continue;
            }
            foreach (ImageListRow row in list.Rows()) Assert.IsTrue(row.Problem is not null || row.ImagePath is not null || row.Content.Length < 100);
        }
    }

    public void Dispose() => folder.Dispose();

    private async Task Write(string name, params string[] paths)
    {
        var path = new DataField("file_name", typeof(string), isNullable: false);
        await using FileStream file = File.Create(folder.File(name));
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(path), file);
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        await group.WriteAsync(path, paths);
    }
}
