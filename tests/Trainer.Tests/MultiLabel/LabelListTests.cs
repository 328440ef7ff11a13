using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.MultiLabel;

/// <summary>Files that list images and their labels.</summary>
[TestClass]
public sealed class LabelListTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [TestMethod]
    [DataRow("list.csv", "path,labels\na.png,cat|dog\n\"b, c.png\",\ne.png,\"[\"\"x|y\"\"]\"\n")]
    [DataRow("list.csv", "Image;Tags\na.png;cat|dog\nb, c.png;\ne.png;\"[\"\"x|y\"\"]\"\n")]
    [DataRow("list.tsv", "labels\tfilename\ncat; dog\ta.png\n\tb, c.png\n\"[\"\"x|y\"\"]\"\te.png\n")]
    [DataRow("list.jsonl", "{\"path\": \"a.png\", \"labels\": [\"cat\", \"dog\"]}\n\n{\"path\": \"b, c.png\", \"labels\": []}\n{\"image\": \"e.png\", \"label\": [\"x|y\"]}\n")]
    public void Several_labels_stand_in_one_column_and_an_empty_one_means_none(string name, string text)
    {
        LabelList list = Read(Written(name, text));
        Assert.IsEmpty(list.LeftOut);
        Assert.IsTrue(MultiLabelDataSet.HasSeveralLabels(folder[name]));
        CollectionAssert.AreEqual(new[] { "a.png: cat/dog", "b, c.png: ", "e.png: x|y" },
            list.Train.Select(image => $"{Path.GetFileName(image.ImagePath)}: {string.Join('/', LabelSet.Parse(image.Label))}").ToArray());
        Assert.AreEqual(folder["a.png"], list.Train[0].ImagePath);
    }

    [TestMethod]
    public void A_bad_row_is_named_by_its_line_and_ends_nothing()
    {
        string csv = Written("list.csv", "path,labels\na.png,cat\n,dog\nb.png\n./a.png,dog\nc.png,\"[1]\"\nd.png,dog\n");
        LabelList list = Read(csv);
        Assert.HasCount(2, list.Train);
        CollectionAssert.AreEqual(new[]
        {
            $"{csv}, line 3 has no path. Name an image file, or remove the line",
            $"{csv}, line 4 has 1 cells, and the first line has 2. Put a cell with the separator in it into quotation marks",
            $"{csv}, line 5 lists '{folder["./a.png"]}' with the label 'dog', and '{csv}, line 2' with 'cat'. Give each image one line",
            $"{csv}, line 6 has the labels [1], which are not a JSON array of texts. Write [\"cat\", \"dog\"], or cat|dog",
        }, list.LeftOut.Select(line => $"{line.Path} {line.Reason}").ToArray());

        string jsonl = Written("list.jsonl", "{\"path\": \"a.png\", \"labels\": []}\nnot JSON\n{\"path\": \"b.png\"}\n");
        CollectionAssert.AreEqual(new[]
        {
            $"{jsonl}, line 2 is not a JSON object. Write one object on each line, such as {{\"path\": \"a.jpg\", \"label\": \"cat\"}}",
            $"{jsonl}, line 3 has no labels. Write an array of texts; [] says that the image has none",
        }, Read(jsonl).LeftOut.Select(line => $"{line.Path} {line.Reason}").ToArray());
    }

    [TestMethod]
    public void A_list_without_its_columns_or_without_images_is_refused()
    {
        string other = Written("other.csv", "name,tag\na.png,cat\n"), empty = Written("empty.csv", "path,labels\n"), bad = Written("bad.csv", "path,labels\n,x\n");
        Assert.AreEqual(
            $"'{other}' has no column of images: none is named file_name or path or image_path or image or file. Its columns are 'name', 'tag'. Name the one to use.",
            Assert.ThrowsExactly<InvalidDataException>(() => Read(other)).Message);
        Assert.AreEqual($"The list '{empty}' has no images.", Assert.ThrowsExactly<InvalidDataException>(() => Read(empty)).Message);
        Assert.AreEqual($"No row of '{bad}' can be used: '{bad}, line 2' has no path. Name an image file, or remove the line.",
            Assert.ThrowsExactly<InvalidDataException>(() => Read(bad)).Message);
        Assert.ThrowsExactly<FileNotFoundException>(() => Read(folder["none.csv"]));
    }

    [TestMethod]
    [DataRow("a", "b")]
    [DataRow("a|b", "c")]
    [DataRow("[a]", " b")]
    public void Labels_come_back_from_a_cell_as_they_were(string one, string other) =>
        CollectionAssert.AreEqual(new[] { one, other }, LabelSet.OfCell(LabelSet.ToCell([one, other])));

    /// <summary>A line that cannot be used, and a file that is missing, are skipped and reported; strictly, the first is an error.</summary>
    [TestMethod]
    public void A_training_on_a_list_reports_what_it_leaves_out()
    {
        using var photos = new TinyLabels();
        string list = photos["photos/list.csv"];
        File.WriteAllLines(list, ["path,labels", .. photos.Images.Select(image => $"{Path.GetFileName(image.ImagePath)},{string.Join('|', image.Labels)}"), ",red", "gone.png,red"]);
        var data = MultiLabelDataSet.FromList(list);
        Assert.AreEqual("list", data.Name);
        using MultiLabelRun run = BackboneTrainer.Train(data, TinyLabels.Head);
        CollectionAssert.AreEqual(new[] { $"{list}, line 26", photos["photos/gone.png"] }, run.Metrics.Skipped.Select(image => image.Path).ToArray());
        StringAssert.StartsWith(Assert.ThrowsExactly<TrainingException>(() => BackboneTrainer.Train(data, TinyLabels.Head with { Strict = true })).Message,
            $"'{list}, line 26' has no path.");
    }

    public void Dispose() => folder.Dispose();

    private static LabelList Read(string path) => LabelList.Read(path, LearningTask.MultiLabel, new ImageListOptions(), new SpooledImages(), "train");

    private string Written(string name, string text)
    {
        File.WriteAllText(folder[name], text);
        return folder[name];
    }
}
