using System.Text;
using Microsoft.ML;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Lists of image files as text.</summary>
[TestClass]
public sealed class ImageListTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [TestMethod]
    [DataRow("a.csv", "file_name,label\r\nx.jpg,cat\r\n")]
    [DataRow("a.csv", "Label;other;Image Path\r\"cat\";1;x.jpg\r")]
    [DataRow("a.csv", "path\tclass\nx.jpg\tcat")]
    [DataRow("a.TSV", "category\tfileName\ncat\tx.jpg\n\n")]
    [DataRow("a.jsonl", "\n{\"n\": 1, \"file-name\": \"x.jpg\", \"Label\": \"cat\"}\n")]
    public void Columns_are_found_by_their_usual_names(string name, string text)
    {
        ImageListRow row = Read(name, text).Single();
        Assert.AreEqual((folder.File("x.jpg"), "cat", null), (row.ImagePath, row.Label, row.Problem));
    }

    [TestMethod]
    public void Columns_may_be_named_and_a_missing_one_is_an_error()
    {
        string text = "photo,kind,path,label\nx.jpg,cat,y.jpg,dog\n";
        var named = new ImageListOptions { PathColumn = "photo", LabelColumn = "kind" };
        Assert.AreEqual((folder.File("x.jpg"), "cat"), (Read("a.csv", text, named)[0].ImagePath, Read("a.csv", text, named)[0].Label));
        Assert.AreEqual($"'{folder.File("a.csv")}' has no column 'set'. Its columns are 'photo', 'kind', 'path', 'label'.",
            Assert.ThrowsExactly<InvalidDataException>(() => Read("a.csv", text, named with { SplitColumn = "set" })).Message);
        Assert.AreEqual(
            $"'{folder.File("b.csv")}' has no column of images: none is named file_name or path or image_path or image or file. "
            + "Its columns are 'photo'. Name the one to use.",
            Assert.ThrowsExactly<InvalidDataException>(() => Read("b.csv", "photo\nx.jpg\n")).Message);
        Assert.AreEqual(
            $"'{folder.File("c.csv")}' has no column of labels: none is named label or labels or class or category or tags or value. "
            + "Its columns are 'path'. Name the one to use.",
            Assert.ThrowsExactly<InvalidDataException>(() => Open("c.csv", "path\nx.jpg\n").RequireLabels()).Message);
    }

    [TestMethod]
    public void A_split_is_that_of_a_folder_and_another_word_is_a_bad_row()
    {
        ImageListRow[] rows = Read("a.csv", "path,split\n1.jpg,train\n2.jpg,VALID\n3.jpg,testing\n4.jpg,later\n5.jpg,\n");
        CollectionAssert.AreEqual(
            new DataSetPart?[] { DataSetPart.Train, DataSetPart.Validation, DataSetPart.Test, null, null }, rows.Select(row => row.Part).ToArray());
        Assert.AreEqual("has the split 'later', which is none of train, val and test", rows[3].Problem);
        Assert.AreEqual("has no split. Write train, val or test, or remove the line", rows[4].Problem);
    }

    [TestMethod]
    public void A_path_never_leads_out_of_the_root()
    {
        Directory.CreateDirectory(folder.File("photos", "in"));
        string inside = folder.File("photos", "in", "b.jpg");
        ImageListRow[] rows = Read("a.csv", $"path\nin/a.jpg\n{inside}\nin/../../a.csv\n/etc/passwd\n../photos2/x.jpg\n",
            new ImageListOptions { Root = folder.File("photos") });
        CollectionAssert.AreEqual(new[] { folder.File("photos", "in/a.jpg"), inside, null, null, null }, rows.Select(row => row.ImagePath).ToArray());
        Assert.AreEqual(
            $"names 'in/../../a.csv', which lies outside of '{folder.File("photos")}'. Move the image there, or name a root that holds all images",
            rows[2].Problem);
        Assert.ThrowsExactly<DirectoryNotFoundException>(() => Read("a.csv", "path\n", new ImageListOptions { Root = folder.File("nowhere") }));
    }

    /// <summary>It must not swallow the rows behind it, whether another quotation mark follows or none.</summary>
    [TestMethod]
    [DataRow("path,label\na.jpg,\"cat\nb.jpg,dog\nc.jpg,\"x\"\"\n, y\"\n")]
    [DataRow("path,label\n\"a.jpg,cat\nb.jpg,dog\nc.jpg,\"x\"\"\n, y\"\n")]
    [DataRow("path,label\n\"a\".jpg,cat\nb.jpg,dog\nc.jpg,\"x\"\"\n, y\"\n")]
    public void A_quotation_mark_left_open_is_named_with_its_line(string text)
    {
        ImageListRow[] rows = Read("a.csv", text);
        Assert.AreEqual($"{folder.File("a.csv")}, line 2", rows[0].Place);
        StringAssert.StartsWith(rows[0].Problem, "has a quotation mark that is not closed, or text behind a closing one.");
        CollectionAssert.AreEqual(new[] { "dog", "x\"\n, y" }, rows[1..].Select(row => row.Label).ToArray());
        Assert.AreEqual($"{folder.File("a.csv")}, line 4", rows[2].Place);
    }

    [TestMethod]
    public void Text_that_is_not_UTF_8_is_a_bad_row_and_UTF_16_needs_its_mark()
    {
        File.WriteAllBytes(folder.File("a.csv"), Encoding.Latin1.GetBytes("path,label,note\né.jpg,cat,\na.jpg,é,\nb.jpg,cat,é\n"));
        ImageListRow[] rows = [.. ImageList.Open(folder.File("a.csv")).Rows()];
        Assert.AreEqual("has a path that is not UTF-8 text. Save the list as UTF-8", rows[0].Problem);
        Assert.AreEqual("has a label that is not UTF-8 text. Save the list as UTF-8", rows[1].Problem);
        Assert.IsNull(rows[2].Problem);

        File.WriteAllText(folder.File("b.csv"), "path\né.jpg\n", Encoding.Unicode);
        Assert.AreEqual(folder.File("é.jpg"), ImageList.Open(folder.File("b.csv")).Rows().Single().ImagePath);
        File.WriteAllBytes(folder.File("c.csv"), Encoding.Unicode.GetBytes("path\né.jpg\n"));
        Assert.AreEqual($"'{folder.File("c.csv")}' is not UTF-8 text. Save the list as UTF-8.",
            Assert.ThrowsExactly<InvalidDataException>(() => ImageList.Open(folder.File("c.csv"))).Message);
    }

    [TestMethod]
    public void A_line_without_an_end_in_sight_is_a_bad_row()
    {
        ImageListRow[] rows = Read("a.csv", $"path\n{new string('a', 1_000_001)}\nb.jpg\n");
        Assert.AreEqual("is longer than a million characters. Remove it, or its other columns", rows[0].Problem);
        Assert.AreEqual((folder.File("b.jpg"), $"{folder.File("a.csv")}, line 3"), (rows[1].ImagePath, rows[1].Place));
    }

    /// <summary>Whatever the bytes, each line is a row or a bad row, and nothing else happens.</summary>
    [TestMethod]
    [DataRow("a.csv", "path,label,split\na.jpg,\"c\"\"at\",train\nb.jpg,dog,val\n")]
    [DataRow("a.jsonl", "{\"path\": \"a.jpg\", \"labels\": [\"cat\"]}\n{\"path\": \"b.jpg\", \"label\": 1}\n")]
    public void Corrupted_text_is_read_or_refused(string name, string text)
    {
        var random = new Random(1);
        for (int i = 0; i < 500; i++)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            for (int change = 0; change < 3; change++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(folder.File(name), bytes[..random.Next(bytes.Length + 1)]);
            try
            {
                foreach (ImageListRow row in ImageList.Open(folder.File(name)).Rows())
                {
                    Assert.AreEqual(row.Problem is null, row.ImagePath is not null);
                    if (row.ImagePath is not null) StringAssert.StartsWith(Path.GetFullPath(row.ImagePath), folder.Path);
                }
            }
            catch (InvalidDataException e)
            {
                StringAssert.Contains(e.Message, folder.File(name));
            }
        }
    }

    [TestMethod]
    public void MLNet_gets_the_columns_of_a_folder_row_by_row()
    {
        var mlContext = new MLContext();
        var told = new List<string>();
        mlContext.Log += (_, e) => told.Add(e.Message);
        string list = folder.File("a.csv");
        File.WriteAllText(list, "path,label,split\na.jpg,cat,train\nb.jpg,,train\nc.jpg,dog,val\n");
        IDataView all = mlContext.Data.LoadImageList(list, log: mlContext);
        CollectionAssert.AreEqual(new[] { "a.jpg cat", "c.jpg dog" }, Rows(all));
        Assert.IsTrue(told.Any(message => message.Contains($"'{list}, line 3' has no label. It is left out.", StringComparison.Ordinal)));
        CollectionAssert.AreEqual(new[] { "ImagePath", "Label" }, all.Schema.Select(column => column.Name).ToArray());
        CollectionAssert.AreEqual(new[] { "c.jpg dog" }, Rows(mlContext.Data.LoadImageList(list, part: DataSetPart.Validation)));

        File.AppendAllText(list, "d.jpg,cat,train\n");
        Assert.HasCount(3, Rows(all));

        string[] Rows(IDataView view) =>
            [.. mlContext.Data.CreateEnumerable<LabeledImage>(view, reuseRowObject: false).Select(row => $"{Path.GetFileName(row.ImagePath)} {row.Label}")];
    }

    [TestMethod]
    public void Images_to_calibrate_on_are_those_to_train_on_with_their_classes()
    {
        string list = folder.File("a.csv");
        File.WriteAllText(list, "path,label,split\na.jpg,cat,train\n,dog,train\nb.jpg,dog,train\nc.jpg,dog,val\n");
        CollectionAssert.AreEqual(new[] { "cat", "dog" }, CalibrationImages.FromList(list).List().Select(image => image.Label).ToArray());
        File.WriteAllText(list, "path\na.jpg\n");
        Assert.IsNull(CalibrationImages.FromList(list).List().Single().Label);
    }

    public void Dispose() => folder.Dispose();

    private ImageListRow[] Read(string name, string text, ImageListOptions? options = null) => [.. Open(name, text, options).Rows()];

    private ImageList Open(string name, string text, ImageListOptions? options = null)
    {
        File.WriteAllText(folder.File(name), text);
        return ImageList.Open(folder.File(name), options);
    }
}
