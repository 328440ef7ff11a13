using System.IO.Compression;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Models that a stranger could send: each is refused in one sentence before ML.NET loads anything of it.</summary>
[TestClass]
public sealed class HostileModelTests : IDisposable
{
    private const int Seconds = 10;
    private readonly TemporaryFolder folder = new();
    private readonly MLContext ml = new();
    private readonly string path;

    public HostileModelTests()
    {
        path = folder.File("model.zip");
        IDataView data = ml.Data.LoadFromEnumerable([new { ImagePath = "a" }]);
        using ImageFeaturizingTransformer transformer =
            ml.Transforms.FeaturizeImages("Features", "ImagePath", new TinyBackbone().Write(folder.File("tiny.onnx"))).Fit(data);
        ml.Model.Save(transformer, data.Schema, path);
    }

    [TestMethod]
    [Timeout(Seconds * 1000)]
    public void An_expression_of_100_000_brackets_is_refused()
    {
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Saving", "Data", "deep100000.zip"), path, overwrite: true);
        Assert.AreEqual($"'{path}' is not a model to load: it has a part 'TransformerChain/Transform_000/Model.key' "
            + "with an expression of more than 1000 characters or 32 nested brackets.", Error());
    }

    [TestMethod]
    [DataRow('(')]
    [DataRow('-')]
    [DataRow('!')]
    public void The_longest_expression_that_is_let_through_overflows_nothing(char repeated)
    {
        IDataView data = ml.Data.LoadFromEnumerable([new { X = 1f }]);
        ml.Model.Save(new TransformerChain<ITransformer>(ml.Transforms.Expression("Y", "x : x + 1234567890", "X").Fit(data)), data.Schema,
            path);
        string deep = repeated == '(' ? $"x : {new string('(', 32)}x" : $"x : {new string(repeated, 990)}x";
        Replace("TransformerChain/Transform_000/Model.key", key => WithText(key, "x : x + 1234567890", deep));

        // ML.NET parses it, or says why not; or the process is gone.
        string message = Error();
        Assert.IsTrue(message.StartsWith($"ML.NET cannot load the model '{path}': ", StringComparison.Ordinal)
            || message.StartsWith($"'{path}' is an ML.NET model without an image featurizer", StringComparison.Ordinal), message);
    }

    [TestMethod]
    public void Chains_in_chains_are_refused()
    {
        string nested = string.Concat(Enumerable.Repeat("Transform_000/", 50));
        Edit(zip => zip.CreateEntry($"TransformerChain/{nested}Model.key").Open().Dispose());
        Assert.AreEqual($"'{path}' is not a model to load: it nests parts more than 16 folders deep.", Error());
    }

    [TestMethod]
    [DataRow("Schema")]
    [DataRow("TransformerChain/Transform_000/Terms/Vocabulary.bin")]
    [Timeout(Seconds * 1000)]
    public void A_part_that_unpacks_to_far_more_than_its_size_is_refused(string part)
    {
        Bomb(part, megabytes: 200);
        Assert.AreEqual($"'{path}' is not a model to load: it has a part '{part}' that unpacks to more than 50 times its size.", Error());
    }

    [TestMethod]
    public void A_part_that_unpacks_to_less_than_it_announces_is_refused()
    {
        Bomb("Schema", megabytes: 1);
        byte[] zip = File.ReadAllBytes(path);
        byte[] size = BitConverter.GetBytes(1 << 20), larger = BitConverter.GetBytes(1 << 22);
        // in the entry and in the directory
        for (int at = zip.AsSpan().IndexOf(size); at >= 0; at = zip.AsSpan().IndexOf(size)) larger.CopyTo(zip, at);
        File.WriteAllBytes(path, zip);
        Assert.AreEqual($"'{path}' is damaged: its part 'Schema' does not unpack to the bytes that it announces.", Error());
    }

    [TestMethod]
    public void More_parts_than_any_model_has_are_refused()
    {
        Edit(zip => Enumerable.Range(0, 1001).ToList().ForEach(i => zip.CreateEntry($"part{i}").Open().Dispose()));
        Assert.AreEqual($"'{path}' is not a model to load: it has more than 1000 parts.", Error());
    }

    [TestMethod]
    public void A_directory_that_is_longer_than_it_says_is_not_listed()
    {
        Edit(zip => Enumerable.Range(0, 9000).ToList().ForEach(i => zip.CreateEntry($"{new string('x', 100)}{i}").Open().Dispose()));
        Assert.AreEqual($"'{path}' is not a model to load: it has more than 1000 parts.", Error());
    }

    [TestMethod]
    public void Paths_out_of_the_model_are_refused()
    {
        Edit(zip => zip.CreateEntry("TransformerChain/../../evil\u001b[2J").Open().Dispose());
        Assert.AreEqual(
            $@"'{path}' is not a model to load: it has a part named 'TransformerChain/../../evil\u001b[2J', which ML.NET does not write.",
            Error());
    }

    [TestMethod]
    public void A_step_of_another_assembly_is_refused_before_it_is_loaded()
    {
        // As long as the name that it replaces, so that all offsets stay.
        Replace("TransformerChain/Transform_000/Model.key", key => Replaced(key, typeof(ModelPart).Assembly.FullName!, "System.CodeDom"));
        string message = Error();
        Assert.StartsWith(
            $"'{path}' is not a model to load: it has a part 'TransformerChain/Transform_000/Model.key' that would load the assembly "
            + $"'System.CodeDom", message);
        Assert.EndsWith(
            "which is not one of ML.NET, of ResNetMLNet or the program itself (a model that you trust can be loaded with "
            + "mlContext.Model.Load).", message);
    }

    [TestMethod]
    public void A_loader_of_another_assembly_is_refused_before_it_is_loaded()
    {
        Replace("TransformerChain/Model.key", key => Replaced(key, typeof(TransformerChain<ITransformer>).Assembly.FullName!,
            "Evil\u001b[31m"));
        Assert.StartsWith(
            $@"'{path}' is not a model to load: it has a part 'TransformerChain/Model.key' that would load the assembly 'Evil\u001b[31m",
                Error());
    }

    [TestMethod]
    public void A_component_in_the_middle_of_another_is_refused()
    {
        Edit(zip =>
        {
            using Stream part = zip.CreateEntry("TransformerChain/Transform_000/Blob").Open();
            part.Write("numbers ML\0MODEL"u8);
        });
        Assert.AreEqual(
            $"'{path}' is not a model to load: it has a part 'TransformerChain/Transform_000/Blob' with a component hidden in it.",
            Error());
    }

    [TestMethod]
    public void A_network_that_no_backbone_is_is_refused_before_it_is_opened()
    {
        byte[] network = OnnxFlaws.Tile();
        Replace("TransformerChain/Transform_006/OnnxModel", _ => [.. BitConverter.GetBytes(network.Length), .. network]);
        Assert.AreEqual($"'{path}' is not a backbone to run: it has an operator 'Tile', which ResNetMLNet does not write. "
            + "`resnet-mlnet export NAME --output FILE` writes one.", Error());
    }

    [TestMethod]
    public void A_network_that_is_not_ours_is_refused_before_it_is_written_into_a_file()
    {
        byte[] network = new TinyBackbone().ToBytes();
        Replace("TransformerChain/Transform_006/OnnxModel", _ => [.. BitConverter.GetBytes(network.Length), .. network]);
        Assert.AreEqual(
            $"'{path}' is not a model to load: it has a network in 'TransformerChain/Transform_006/OnnxModel' that ResNetMLNet did not "
            + $"save "
            + "(a model that you trust can be loaded with mlContext.Model.Load).", Error());
    }

    /// <summary>Seeded: every mutation ends in a model or in one InvalidDataException.</summary>
    [TestMethod]
    [Timeout(60_000)]
    public void Damage_anywhere_in_a_part_is_one_sentence()
    {
        byte[] whole = File.ReadAllBytes(path);
        string[] names = ZipNames();
        Random random = new(5);
        for (int i = 0; i < 60; i++)
        {
            File.WriteAllBytes(path, whole);
            Replace(names[random.Next(names.Length)], part =>
            {
                for (int change = random.Next(1, 4); change > 0 && part.Length > 0; change--) part[random.Next(part.Length)] =
                    (byte)random.Next(256);
                return random.Next(4) == 0 ? part[..random.Next(part.Length + 1)] : part;
            });
            try
            {
                ml.Model.LoadImageModel(path, out _).Dispose();
            }
            catch (InvalidDataException refused)
            {
                Assert.IsFalse(refused.Message.Any(char.IsControl), refused.Message);
            }
        }
    }

    public void Dispose() => folder.Dispose();

    private string Error()
    {
        string message = Assert.ThrowsExactly<InvalidDataException>(() => ml.Model.LoadImageModel(path, out _)).Message;
        Assert.IsFalse(message.Any(char.IsControl), message);
        return message;
    }

    private string[] ZipNames()
    {
        using ZipArchive zip = ZipFile.OpenRead(path);
        return [.. zip.Entries.Select(entry => entry.FullName)];
    }

    private void Edit(Action<ZipArchive> change)
    {
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Update);
        change(zip);
    }

    private void Replace(string name, Func<byte[], byte[]> change) => Edit(zip =>
    {
        ZipArchiveEntry entry = zip.GetEntry(name)!;
        byte[] part = new byte[entry.Length];
        using (Stream stream = entry.Open()) stream.ReadExactly(part);
        entry.Delete();
        using Stream changed = zip.CreateEntry(name).Open();
        changed.Write(change(part));
    });

    private void Bomb(string name, int megabytes) => Edit(zip =>
    {
        zip.GetEntry(name)?.Delete();
        using Stream bomb = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
        byte[] zeros = new byte[1 << 20];
        for (int i = 0; i < megabytes; i++) bomb.Write(zeros);
    });

    private static byte[] Replaced(byte[] part, string from, string to)
    {
        int at = part.AsSpan().IndexOf(Encoding.Unicode.GetBytes(from));
        Assert.IsGreaterThan(0, at);
        Encoding.Unicode.GetBytes(to.PadRight(from.Length)).CopyTo(part, at);
        return part;
    }

    /// <summary>Writes a component anew with another text in its table: the table and what follows move.</summary>
    private static byte[] WithText(byte[] part, string from, string to)
    {
        byte[] old = Encoding.Unicode.GetBytes(from), text = Encoding.Unicode.GetBytes(to);
        int at = part.AsSpan().IndexOf(old), grown = text.Length - old.Length;
        int tableStart = (int)BitConverter.ToInt64(part, 0x20), tableEnd = tableStart + (int)BitConverter.ToInt64(part, 0x28);
        long charactersStart = BitConverter.ToInt64(part, 0x30);
        byte[] changed = [.. part[..at], .. text, .. part[(at + old.Length)..]];
        for (int entry = tableStart; entry < tableEnd; entry += sizeof(long))
        {
            long end = BitConverter.ToInt64(part, entry);
            if (charactersStart + end > at) BitConverter.GetBytes(end + grown).CopyTo(changed, entry);
        }

        foreach (int field in new[] { 0x38, 0x80, 0x88, 0x90 })
            BitConverter.GetBytes(BitConverter.ToInt64(part, field) + grown).CopyTo(changed, field);
        return changed;
    }
}
