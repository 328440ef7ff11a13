using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CsvHelper;
using Parquet;
using Parquet.Schema;
using ResNetMLNet.Backbones;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Trainer.Tests;

/// <summary>Features in files that other programs read.</summary>
[TestClass]
public sealed class FeaturizeTests
{
    private static readonly float[][] Values = [[0.5f, -1e-20f, 3], [float.MaxValue, 0, 1 / 3f], [1, 2, 3]];
    private readonly TemporaryFolder folder = new();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    private static IEnumerable<ImageFeatures> Images =>
    [
        new("=a/one.png", Values[0], null), new("b/broken.png", null, "is not an image"), new("b/two, \"2\".png", Values[1], null), new("b/été.png", Values[2], null),
    ];

    private static string LabelOf(string path) => path.Split('/')[0];

    [TestMethod]
    public async Task Parquet_has_paths_labels_and_lists_of_features()
    {
        (int rows, IReadOnlyList<SkippedImage> skipped) = FeatureTable.Write(folder["t.parquet"], Images, LabelOf, 3);
        Assert.AreEqual(3, rows);
        Assert.AreEqual(new SkippedImage("b/broken.png", "is not an image"), skipped.Single());
        (string[] paths, string[] labels, float[] values, int[] repetitions) = await Read(folder["t.parquet"], 0);
        CollectionAssert.AreEqual(new[] { "=a/one.png", "b/two, \"2\".png", "b/été.png" }, paths);
        CollectionAssert.AreEqual(new[] { "=a", "b", "b" }, labels);
        CollectionAssert.AreEqual(Values.SelectMany(row => row).ToArray(), values);
        CollectionAssert.AreEqual(new[] { 0, 1, 1, 0, 1, 1, 0, 1, 1 }, repetitions);
    }

    /// <summary>More rows than a group has; none is lost between two groups, and at most a group is held.</summary>
    [TestMethod]
    public async Task Parquet_is_written_in_groups()
    {
        int asked = 0;
        IEnumerable<ImageFeatures> many = Enumerable.Range(0, 5000).Select(i =>
        {
            asked++;
            return new ImageFeatures($"{i}.png", [i, -i], null);
        });
        FeatureTable.Write(folder["t.parquet"], many, _ => "", 2);
        Assert.AreEqual(5000, asked);
        (string[] paths, _, float[] values, _) = await Read(folder["t.parquet"], 1);
        Assert.AreEqual("4096.png", paths[0]);
        Assert.AreEqual(4096f, values[0]);
        Assert.HasCount(904, paths);
    }

    [TestMethod]
    public void Csv_reads_back_and_holds_no_formula()
    {
        FeatureTable.Write(folder["t.csv"], Images, LabelOf, 3);
        using var csv = new CsvReader(new StreamReader(folder["t.csv"]), CultureInfo.InvariantCulture);
        csv.Read();
        csv.ReadHeader();
        CollectionAssert.AreEqual(new[] { "path", "label", "f0", "f1", "f2" }, csv.HeaderRecord);
        foreach ((string path, float[] row) in new[] { ("'=a/one.png", Values[0]), ("b/two, \"2\".png", Values[1]), ("b/été.png", Values[2]) })
        {
            Assert.IsTrue(csv.Read());
            Assert.AreEqual(path, csv.GetField(0));
            CollectionAssert.AreEqual(row, Enumerable.Range(2, 3).Select(i => csv.GetField<float>(i)).ToArray());
        }
        Assert.IsFalse(csv.Read());
    }

    /// <summary>Against the specification, byte for byte: magic, version, length of the head, the head, then the rows.</summary>
    [TestMethod]
    public void NumPy_has_one_row_an_image_and_the_names_beside_it()
    {
        FeatureTable.Write(folder["t.npy"], Images, LabelOf, 3);
        byte[] bytes = File.ReadAllBytes(folder["t.npy"]);
        CollectionAssert.AreEqual(new byte[] { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0 }, bytes[..8]);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        Assert.AreEqual(0, (10 + length) % 64);
        string head = Encoding.ASCII.GetString(bytes, 10, length);
        Assert.AreEqual("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 3), }", head.TrimEnd());
        Assert.EndsWith("\n", head);
        float[] values = [.. Enumerable.Range(0, 9).Select(i => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(10 + length + 4 * i)))];
        CollectionAssert.AreEqual(Values.SelectMany(row => row).ToArray(), values);
        Assert.HasCount(10 + length + 36, bytes);
        CollectionAssert.AreEqual(new[] { "path,label", "'=a/one.png,'=a", "\"b/two, \"\"2\"\".png\",b", "b/été.png,b" }, File.ReadAllLines(folder["t.csv"]));
    }

    [TestMethod]
    [DataRow("t.parquet")]
    [DataRow("t.csv")]
    [DataRow("t.npy")]
    public void What_is_stopped_leaves_nothing(string file)
    {
        IEnumerable<ImageFeatures> stopped = Images.Take(1).Concat(Enumerable.Range(0, 1).Select<int, ImageFeatures>(_ => throw new OperationCanceledException()));
        Assert.ThrowsExactly<OperationCanceledException>(() => FeatureTable.Write(folder[file], stopped, LabelOf, 3));
        Assert.IsEmpty(folder.Entries);
    }

    [TestMethod]
    public void The_command_writes_what_the_featurizer_gives()
    {
        string photos = folder.Photos("photos", 2, "daisy", "roses");
        File.WriteAllText(Path.Combine(photos, "roses", "bad.jpg"), "no image");
        CommandLine run = CommandLine.Run("featurize", photos, "--output", folder["f.csv"], "--json");
        run.AssertSucceeded();
        JsonElement said = JsonDocument.Parse(run.Output).RootElement;
        Assert.AreEqual(4, said.GetProperty("rows").GetInt32());
        Assert.AreEqual(512, said.GetProperty("features").GetInt32());
        Assert.AreEqual(1, said.GetProperty("skipped").GetArrayLength());
        string[] lines = File.ReadAllLines(folder["f.csv"]);
        Assert.HasCount(5, lines);
        CollectionAssert.AreEqual(new[] { "daisy", "daisy", "roses", "roses" }, lines.Skip(1).Select(line => line.Split(',')[1]).ToArray());
        using ImageFeaturizer featurizer = BackboneTrainer.OpenFeaturizer("resnet18_mlnet", InitialWeights.Best, new FeaturizeImagesOptions());
        float[] expected = featurizer.Featurize([lines[3].Split(',')[0]]).Single().Features!, written = [.. lines[3].Split(',').Skip(2).Select(cell => float.Parse(cell, CultureInfo.InvariantCulture))];
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], written[i], 1e-4);

        CommandLine.Run("featurize", photos, "--output", folder["f.csv"]).AssertFailed($"'{folder["f.csv"]}' is there already. Add --force to replace it.");
        CommandLine.Run("featurize", photos, "--output", folder["f.npy"]).AssertFailed($"'{folder["f.csv"]}' is there already. Add --force to replace it.");
        CommandLine.Run("featurize", photos, "--output", folder["f.txt"]).AssertFailed($"--output '{folder["f.txt"]}' ends in none of .parquet, .csv, .npy.");
        CommandLine.Run("featurize", photos, "--output", folder["g.csv"], "--strict").AssertFailed($"'{Path.Combine(photos, "roses", "bad.jpg")}' is not an image in a known format (JPEG, PNG, GIF, BMP, WebP).");
        CommandLine.Run("featurize", photos, "--output", folder["g.csv"], "--model", "m", "--fresh").AssertFailed("--model brings backbone and weights, and --fresh names others. Leave one of them out.");
        Assert.IsFalse(File.Exists(folder["g.csv"]) || File.Exists(folder["f.npy"]));
    }

    private static async Task<(string[] Paths, string[] Labels, float[] Values, int[] Repetitions)> Read(string file, int group)
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(file);
        DataField[] fields = reader.Schema.GetDataFields();
        CollectionAssert.AreEqual(new[] { "path", "label", "features/list/element" }, fields.Select(field => field.Path.ToString()).ToArray());
        using ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
        string[] paths = new string[rows.RowCount], labels = new string[rows.RowCount];
        await rows.ReadAsync(fields[0], paths);
        await rows.ReadAsync(fields[1], labels);
        long count = rows.GetMetadata(fields[2])!.MetaData!.NumValues;
        float[] values = new float[count];
        int[] repetitions = new int[count];
        int[] definitions = new int[count];
        await rows.ReadRawAsync<float>(fields[2], values, definitions, repetitions, default);
        Assert.IsTrue(definitions.All(level => level == fields[2].MaxDefinitionLevel));
        return (paths, labels, values, repetitions);
    }
}
