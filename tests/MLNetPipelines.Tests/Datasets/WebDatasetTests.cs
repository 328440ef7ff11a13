using System.Formats.Tar;
using System.Text;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Tar files of images and their labels, as WebDataset has them.</summary>
[TestClass]
public sealed class WebDatasetTests : IDisposable
{
    private const int Block = 512;

    private readonly TemporaryFolder folder = new();

    [TestMethod]
    public void Files_of_one_name_are_an_image_and_its_label()
    {
        string tar = Write("a.tar", ("./s/1.jpg", "one"), ("./s/1.cls", "3\n"), ("s/1.json", "{}"), ("s/2.seg.png", "x"), ("s/2.PNG", "two"),
            ("s/2.json", "{\"class\": \"cat\", \"other\": 1}"), ("s/2.txt", "a cat"), ("s/3.txt", "a dog"), ("s/3.webp", "three"), ("s/4.jpg", "four"));
        ImageListRow[] rows = [.. ImageList.Open(tar).Rows()];
        CollectionAssert.AreEqual(new[] { "one: 3", "two: cat", "three: a dog", "four: " },
            rows.Select(row => $"{Encoding.UTF8.GetString(row.Content.Span)}: {row.Label}").ToArray());
        Assert.AreEqual($"{tar}, 's/2.PNG'", rows[1].Place);
        Assert.IsTrue(ImageList.Open(tar).Rows(contents: false).All(row => row.Content.IsEmpty && row.Problem is null));
    }

    [TestMethod]
    public void Shards_are_a_folder_or_a_range_and_parted_by_their_names()
    {
        Write("train-000.tar", ("1.jpg", "1"));
        Write("train-001.tar", ("2.jpg", "2"));
        Write("val-000.tar", ("3.jpg", "3"));
        CollectionAssert.AreEqual(new[] { "1.jpg Train", "2.jpg Train", "3.jpg Validation" },
            ImageList.Open(folder.Path).Rows().Select(row => $"{row.Name} {row.Part}").ToArray());
        CollectionAssert.AreEqual(new[] { "1.jpg ", "2.jpg " },
            ImageList.Open(folder.File("train-{000..001}.tar")).Rows().Select(row => $"{row.Name} {row.Part}").ToArray());
        Assert.AreEqual("train", ImageList.NameOf(folder.File("train-{000..001}.tar")));
    }

    [TestMethod]
    public void A_name_that_leads_out_and_what_is_not_a_file_are_bad_rows()
    {
        string tar = folder.File("a.tar");
        using (var writer = new TarWriter(File.Create(tar)))
        {
            Add(writer, "../1.jpg", "x");
            Add(writer, "/2.jpg", "x");
            writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "3.jpg") { LinkName = "/etc/passwd" });
            Add(writer, "4.jpg", "x");
            Add(writer, "5.cls", "x");
        }
        CollectionAssert.AreEqual(new[]
        {
            $"{tar}, '../1.jpg' has a name that leads out of the tar file. Name it otherwise",
            $"{tar}, '/2.jpg' has a name that leads out of the tar file. Name it otherwise",
            $"{tar}, '3.jpg' is not a file but a SymbolicLink, and nothing but files is read",
            $"{tar}, '4.jpg' ",
            $"{tar}, '5' has a label and no image",
        }, ImageList.Open(tar).Rows().Select(row => $"{row.Place} {row.Problem}").ToArray());
    }

    /// <summary>Nothing of the size that it says is asked of the memory; what stands before it is read.</summary>
    [TestMethod]
    [DataRow(7_000_000_000, "says that it is longer than the tar file. Fetch that once more")]
    [DataRow(100_000, "says that it is longer than the tar file. Fetch that once more")]
    public void A_size_that_lies_is_a_bad_row(long size, string problem)
    {
        string tar = Write("a.tar", ("1.jpg", "one"), ("2.jpg", "two"));
        SetSize(tar, entry: 1, size);
        ImageListRow[] rows = [.. ImageList.Open(tar).Rows()];
        CollectionAssert.Contains(rows.Select(row => row.Problem).ToArray(), problem);
        Assert.AreEqual("one", Encoding.UTF8.GetString(rows.Single(row => row.Problem is null).Content.Span));
    }

    [TestMethod]
    public void A_size_that_is_too_small_leaves_the_next_file_unread()
    {
        string tar = Write("a.tar", ("1.jpg", new string('1', 600)), ("2.jpg", "two"));
        SetSize(tar, entry: 0, 3);
        ImageListRow[] rows = [.. ImageList.Open(tar).Rows()];
        Assert.AreEqual("111", Encoding.UTF8.GetString(rows[0].Content.Span));
        Assert.AreEqual("is damaged or cut off: what should be the next file of a tar file is not one. Fetch it once more", rows[1].Problem);
    }

    /// <summary>Cut anywhere, and with any bytes changed: whole images come as they were, or there is a bad row.</summary>
    [TestMethod]
    public void Corrupted_bytes_are_read_or_refused()
    {
        byte[] whole = File.ReadAllBytes(Write("a.tar", ("1.jpg", "one"), ("1.cls", "cat"), ("2.jpg", "two"), ("2.cls", "dog")));
        string path = folder.File("bad.tar");
        var random = new Random(1);
        for (int i = 0; i < 400; i++)
        {
            byte[] bytes = [.. whole];
            for (int change = 0; change < 2; change++) bytes[random.Next(4 * 2 * Block)] = (byte)random.Next(256);
            File.WriteAllBytes(path, bytes[..random.Next(bytes.Length + 1)]);
            foreach (ImageListRow row in ImageList.Open(path).Rows()) Assert.IsTrue(row.Problem is not null || row.Content.Length < whole.Length);
        }
    }

    public void Dispose() => folder.Dispose();

    private static void Add(TarWriter writer, string name, string content) =>
        writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) });

    // POSIX ustar: size at 124, octal; checksum at 148, of the header with blanks in its place.
    private static void SetSize(string tar, int entry, long size)
    {
        byte[] bytes = File.ReadAllBytes(tar);
        Span<byte> header = bytes.AsSpan(entry * 2 * Block, Block);
        Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(11, '0') + "\0").CopyTo(header[124..]);
        header.Slice(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte value in header) sum += value;
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
        File.WriteAllBytes(tar, bytes);
    }

    private string Write(string name, params (string Name, string Content)[] files)
    {
        using var writer = new TarWriter(File.Create(folder.File(name)));
        foreach ((string file, string content) in files) Add(writer, file, content);
        return folder.File(name);
    }
}
