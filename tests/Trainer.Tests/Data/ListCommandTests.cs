using System.Formats.Tar;
using System.Globalization;
using System.Text.Json;
using CsvHelper;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;
using SkiaSharp;

namespace Trainer.Tests.Data;

/// <summary>Every verb that takes a folder of images takes a list of them.</summary>
[TestClass]
public sealed class ListCommandTests
{
    private const int Count = 24;

    private static TemporaryFolder folder = null!;
    private static CommandLine trained = null!;

    [ClassInitialize]
    public static void Train(TestContext _)
    {
        folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["photos"]);
        for (int i = 0; i < Count; i++)
        {
            using var bitmap = new SKBitmap(32, 32);
            bitmap.Erase(Label(i) == "red" ? new SKColor(200, (byte)(4 * i), 30) : new SKColor(30, (byte)(4 * i), 200));
            bitmap.SetPixel(i, i, SKColors.White);
            using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            File.WriteAllBytes(folder[$"photos/{i}.png"], png.ToArray());
        }
        File.WriteAllLines(folder["list.csv"],
            ["file_name,label,split", .. Enumerable.Range(0, Count).Select(i => $"{i}.png,{Label(i)},{(i % 4 < 2 ? "train" : i % 4 == 2 ? "val" : "test")}"), "gone.png,,train"]);
        trained = CommandLine.Run([.. Head(folder["list.csv"], "model"), "--root", folder["photos"], "--json"]);
        trained.AssertSucceeded();
    }

    [ClassCleanup]
    public static void Clean() => folder.Dispose();

    [TestMethod]
    public void The_rows_of_a_split_are_trained_on_validated_on_and_measured_on()
    {
        using JsonDocument metrics = JsonDocument.Parse(trained.Output);
        Assert.AreEqual((12, 6), (metrics.RootElement.GetProperty("trainImages").GetInt32(), metrics.RootElement.GetProperty("validationImages").GetInt32()));
        Assert.AreEqual($"{folder["list.csv"]}, line 26", metrics.RootElement.GetProperty("skipped")[0].GetProperty("path").GetString());
        StringAssert.Contains(File.ReadAllText(folder["model/report.html"]), $"--root {folder["photos"]}");

        CommandLine evaluated = CommandLine.Run("evaluate", folder["model"], folder["list.csv"], "--root", folder["photos"], "--json");
        evaluated.AssertSucceeded();
        using JsonDocument measured = JsonDocument.Parse(evaluated.Output);
        Assert.AreEqual(6, measured.RootElement.GetProperty("validationImages").GetInt32());
        Assert.AreEqual(1.0, measured.RootElement.GetProperty("accuracy").GetDouble());
    }

    [TestMethod]
    public void A_tar_file_of_images_is_evaluated_and_its_images_keep_their_names()
    {
        string tar = Tar("a.tar", Enumerable.Range(0, 4));
        CommandLine.Run("evaluate", folder["model"], tar).AssertSucceeded();
        CommandLine predicted = CommandLine.Run("predict", folder["model"], tar, folder["photos/5.png"]);
        predicted.AssertSucceeded();
        string[] lines = predicted.Output.TrimEnd().Split('\n');
        Assert.HasCount(5, lines);
        StringAssert.StartsWith(lines[0], $"{tar}, '0.png': red ");
        StringAssert.StartsWith(lines[4], $"{folder["photos/5.png"]}: blue ");
    }

    [TestMethod]
    public void A_list_without_labels_is_featurized_searched_and_written_with_those_that_there_are()
    {
        File.WriteAllText(folder["photos/plain.tsv"], "image\n0.png\n../list.csv\n1.png\n");
        CommandLine featurized = CommandLine.Run(
            "featurize", folder["photos/plain.tsv"], "--output", folder["plain.parquet"], "--model", folder["model"]);
        featurized.AssertSucceeded();
        StringAssert.Contains(featurized.Errors, $"{folder["photos/plain.tsv"]}, line 3 names '../list.csv', which lies outside of");
        ImageListRow[] rows = [.. ImageList.Open(folder["plain.parquet"], new ImageListOptions { Root = folder["."] }).Rows()];
        CollectionAssert.AreEqual(new[] { folder["photos/0.png"], folder["photos/1.png"] }, rows.Select(row => row.ImagePath).ToArray());

        CommandLine.Run("featurize", folder["list.csv"], "--root", folder["photos"], "--output", folder["labels.csv"], "--model", folder["model"]).AssertSucceeded();
        Assert.AreEqual("red", ImageList.Open(folder["labels.csv"]).Rows().First().Label);
        CommandLine similar = CommandLine.Run("similar", folder["photos/0.png"], folder["photos/plain.tsv"], "--backbone", "resnet10t", "--fresh", "--top", "1");
        StringAssert.StartsWith(similar.Output, $"1.000 {folder["photos/0.png"]}");
        CommandLine.Run("duplicates", folder["photos/plain.tsv"], "--backbone", "resnet10t", "--fresh", "--threshold", "-1").AssertSucceeded();
    }

    [TestMethod]
    public void A_tuning_on_a_tar_file_goes_on_by_its_folder_alone()
    {
        string tar = Tar("tuned.tar", Enumerable.Range(0, Count));
        string[] tuning = ["--tune", "last-stage", "--epochs", "1", "--warm-up-epochs", "0", "--batch-size", "6", "--train-scale", "1"];
        CommandLine.Run([.. Head(tar, "whole"), .. tuning]).AssertSucceeded();
        CommandLine.Run([.. Head(tar, "limited"), .. tuning, "--max-minutes", "0.0001"]).AssertSucceeded();
        CommandLine.Run("train", "--resume", folder["limited"]).AssertSucceeded();
        CollectionAssert.AreEqual(File.ReadAllBytes(folder["whole/backbone.onnx"]), File.ReadAllBytes(folder["limited/backbone.onnx"]));
    }

    [TestMethod]
    public void A_sweep_takes_a_list()
    {
        CommandLine sweep = CommandLine.Run("sweep", folder["list.csv"], "--root", folder["photos"], "--backbones", "resnet10t", "--fresh", "--output", folder["sweep"]);
        sweep.AssertSucceeded();
        StringAssert.Contains(sweep.Output, "resnet10t");
    }

    [TestMethod]
    [DataRow("file_name,label\n0.png,red\n2.png,blue\n0.png,blue\n", "LIST, line 4 lists 'ROOT/0.png' with the label 'blue', and 'LIST, line 2' with 'red'.")]
    [DataRow("file_name,label\n0.png,red\n2.png,blue\n0.png,red\n", "LIST, line 4 lists 'ROOT/0.png', as 'LIST, line 2' does. List each image once")]
    [DataRow("file_name,label\n0.png,red\n2.png,blue\n1.png,\"[\"\"red\"\", \"\"blue\"\"]\"\n", "LIST, line 4 has several labels, [\"red\", \"blue\"]. Give each image one class")]
    [DataRow("file_name,label\n0.png,red\n2.png,blue\n1.png,\n", "LIST, line 4 has no label. Give each image a class, or remove the line")]
    public void A_bad_row_is_left_out_and_named(string text, string message)
    {
        File.WriteAllText(folder["photos/bad.csv"], text);
        using var data = ImageDataSet.FromList(folder["photos/bad.csv"]);
        StringAssert.StartsWith($"{data.LeftOut.Single().Path} {data.LeftOut.Single().Reason}",
            message.Replace("LIST", folder["photos/bad.csv"], StringComparison.Ordinal).Replace("ROOT", folder["photos"], StringComparison.Ordinal));
    }

    [TestMethod]
    public void A_class_that_only_validation_has_and_splits_without_training_are_errors()
    {
        File.WriteAllText(folder["photos/bad.csv"], "file_name,label,split\n0.png,red,train\n2.png,blue,train\n1.png,green,val\n3.png,blue,val\n");
        CommandLine unknown = CommandLine.Run(Head(folder["photos/bad.csv"], "none"));
        StringAssert.Contains(unknown.Errors, "'green'");
        Assert.AreEqual(1, unknown.ExitCode);
        File.WriteAllText(folder["photos/bad.csv"], "file_name,label,split\n0.png,red,val\n1.png,blue,val\n");
        CommandLine.Run(Head(folder["photos/bad.csv"], "none")).AssertFailed(
            $"'{folder["photos/bad.csv"]}' has no images to train on: they are all of other splits.");
        File.WriteAllText(folder["photos/bad.csv"], "file_name,label,split\n0.png,red,train\n1.png,blue,train\n");
        CommandLine.Run("evaluate", folder["model"], folder["photos/bad.csv"]).AssertFailed(
            $"'{folder["photos/bad.csv"]}' has images to train on only. Name the list to measure on, or give images the split test.");
    }

    [TestMethod]
    [DataRow("predict MODEL photo.jpg --root photos", "--root is for lists of images, and 'photo.jpg' is not a list. Leave it out.")]
    [DataRow("sweep photos --split-column part", "--split-column is for lists of images, and 'photos' is not a list. Leave it out.")]
    [DataRow("featurize photos --output x.npy --path-column p", "--path-column is for lists of images, and 'photos' is not a list. Leave it out.")]
    [DataRow("similar a.jpg photos --label-column p", "--label-column is for lists of images, and 'photos' is not a list. Leave it out.")]
    [DataRow("quantize net.onnx --calibrate photos --output y.onnx --root p", "--root is for lists of images, and 'photos' is not a list. Leave it out.")]
    [DataRow("evaluate MODEL nowhere.jsonl", "The list 'nowhere.jsonl' does not exist.")]
    [DataRow("predict MODEL nowhere.parquet", "The list 'nowhere.parquet' does not exist.")]
    public void What_is_not_a_list_is_refused(string line, string message) =>
        CommandLine.Run([.. line.Split(' ').Select(word => word == "MODEL" ? folder["model"] : word)]).AssertFailed(message);

    /// <summary>CsvHelper writes, and this reads: the same cells, whatever is in them.</summary>
    [TestMethod]
    [DataRow(",")]
    [DataRow("\t")]
    public void Cells_that_another_program_wrote_are_read_as_they_were(string separator)
    {
        const string Letters = "ab,;\t\"\n' é|=[";
        var random = new Random(1);
        string path = folder[separator == "," ? "cells.csv" : "cells.tsv"];
        string[] labels = [.. Enumerable.Range(0, 300).Select(_ => $"x{string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => Letters[random.Next(Letters.Length)]))}x")];
        using (var csv = new CsvWriter(new StreamWriter(path), new CsvHelper.Configuration.CsvConfiguration(CultureInfo.InvariantCulture) { Delimiter = separator }))
        {
            csv.WriteField("path");
            csv.WriteField("label");
            csv.NextRecord();
            foreach (string label in labels)
            {
                csv.WriteField("a.jpg");
                csv.WriteField(label);
                csv.NextRecord();
            }
        }
        CollectionAssert.AreEqual(labels, ImageList.Open(path).Rows().Select(row => row.Label).ToArray());
    }

    private static string Label(int i) => i % 2 == 0 ? "red" : "blue";

    private static string[] Head(string list, string output) =>
        ["train", list, "--backbone", "resnet10t", "--fresh", "--image-size", "32", "--output", folder[output]];

    private static string Tar(string name, IEnumerable<int> images)
    {
        using var writer = new TarWriter(File.Create(folder[name]));
        foreach (int i in images)
        {
            writer.WriteEntry(folder[$"photos/{i}.png"], $"{i}.png");
            writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"{i}.cls") { DataStream = new MemoryStream(System.Text.Encoding.ASCII.GetBytes(Label(i))) });
        }
        return folder[name];
    }
}
