using System.Formats.Tar;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Tar files of WebDataset (https://github.com/webdataset/webdataset): files beside each other with the same name up to the first dot are
/// one image and its label: <c>1.jpg</c> and <c>1.cls</c>, <c>1.json</c> or <c>1.txt</c>. They are read as streams; nothing is unpacked,
/// and no size that a file says it has is trusted.
/// </summary>
internal sealed class WebDataset : IImageListFormat
{
    private const int LargestImage = 256 << 20, LargestLabel = 1 << 20;

    private const string Damage = "is damaged or cut off: what should be the next file of a tar file is not one. Fetch it once more";

    // In the order in which they are looked at.
    private static readonly string[] labels = ["cls", "json", "txt"];

    private readonly IReadOnlyList<string> shards;
    private readonly DataSetPart?[] parts;
    private readonly ImageListOptions options;

    public WebDataset(IReadOnlyList<string> shards, ImageListOptions options)
    {
        (this.shards, this.options) = (shards, options);
        parts = ListFiles.PartsOf(shards);
    }

    /// <summary>The files of a sample; a label's may be missing in some.</summary>
    public IReadOnlyList<string> Columns { get; } = ["jpg", .. labels];

    public bool HasLabels => true;

    public bool HoldsImages => true;

    public IEnumerable<ImageListRow> Rows(bool contents) =>
        shards.Zip(parts, (shard, part) => RowsOf(shard, part, contents)).SelectMany(rows => rows);

    private IEnumerable<ImageListRow> RowsOf(string shard, DataSetPart? part, bool contents)
    {
        using FileStream file = File.OpenRead(shard);
        using var tar = new TarReader(file);
        var sample = new Sample("", shard);
        string last = "";
        while (true)
        {
            (TarEntry? entry, string? damage) = Next(tar);
            if (entry is null && damage is null && !EndsInZeros(file)) damage = Damage;
            if (damage is not null)
            {
                if (sample.Row(part, options) is ImageListRow whole) yield return whole;
                yield return new ImageListRow { Place = last.Length == 0 ? shard : $"{shard}, behind '{last}'", Problem = damage };
                yield break;
            }

            if (entry is null) break;
            last = entry.Name;
            if (entry.EntryType is TarEntryType.Directory or TarEntryType.DirectoryList or TarEntryType.GlobalExtendedAttributes) continue;
            if (ProblemOf(entry, file.Length) is string refused)
            {
                yield return new ImageListRow { Place = $"{shard}, '{entry.Name}'", Problem = refused };
                continue;
            }

            (string key, string extension) = Parted(entry.Name);
            if (key != sample.Key)
            {
                if (sample.Row(part, options) is ImageListRow whole) yield return whole;
                sample = new Sample(key, shard);
            }

            bool isImage = ImageSignature.IsImageEnding(extension);
            if (!isImage && !labels.Contains(extension)) continue;
            (byte[]? content, string? problem) = isImage && !contents ? ([], null) : Content(entry, isImage ? LargestImage : LargestLabel);
            if (content is null) yield return new ImageListRow { Place = $"{shard}, '{entry.Name}'", Problem = problem };
            else if (isImage) sample.Image = (entry.Name, content);
            else sample.Labels[extension] = content;
        }

        if (sample.Row(part, options) is ImageListRow end) yield return end;
    }

    private static (TarEntry? Entry, string? Damage) Next(TarReader tar)
    {
        try
        {
            return (tar.GetNextEntry(), null);
        }
        catch (Exception e) when (IsDamage(e))
        {
            return (null, Damage);
        }
    }

    // The reader takes a block without a checksum for the end, which is a block of zeros.
    private static bool EndsInZeros(FileStream file)
    {
        const int Block = 512;
        if (file.Position < Block) return false;
        Span<byte> last = stackalloc byte[Block];
        file.Position -= Block;
        file.ReadExactly(last);
        return !last.ContainsAnyExcept((byte)0);
    }

    private static bool IsDamage(Exception e) =>
        e is InvalidDataException or IOException or FormatException or ArgumentException or OverflowException or NotSupportedException
            or InvalidOperationException;

    private static string? ProblemOf(TarEntry entry, long length) =>
        entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile)
            ? $"is not a file but a {entry.EntryType}, and nothing but files is read"
            : entry.Name.StartsWith('/') || entry.Name.Split('/', '\\').Contains("..")
            ? "has a name that leads out of the tar file. Name it otherwise"
            : entry.Length < 0 || entry.DataOffset > length - entry.Length
            ? "says that it is longer than the tar file. Fetch that once more"
            : null;

    /// <summary>The name up to the first dot behind the last slash, and what follows.</summary>
    private static (string Key, string Extension) Parted(string name)
    {
        if (name.StartsWith("./", StringComparison.Ordinal)) name = name[2..];
        int dot = name.IndexOf('.', name.LastIndexOf('/') + 1);
        return dot < 0 ? (name, "") : (name[..dot], name[(dot + 1)..].ToLowerInvariant());
    }

    private static (byte[]? Content, string? Problem) Content(TarEntry entry, int most)
    {
        if (entry.Length > most) return (null, string.Create(CultureInfo.InvariantCulture, $"is larger than {most >> 20} MB"));
        try
        {
            using var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            return (content.ToArray(), null);
        }
        catch (Exception e) when (IsDamage(e))
        {
            return (null, "is cut off. Fetch the tar file once more");
        }
    }

    private sealed class Sample(string key, string shard)
    {
        public string Key { get; } = key;

        public (string Name, byte[] Content)? Image { get; set; }

        public Dictionary<string, byte[]> Labels { get; } = [];

        /// <summary>The sample as a row; null where there is no image of that name.</summary>
        public ImageListRow? Row(DataSetPart? part, ImageListOptions options)
        {
            if (Image is not { } image)
                return Labels.Count == 0 ? null : new ImageListRow { Place = $"{shard}, '{Key}'", Problem = "has a label and no image" };
            string place = $"{shard}, '{image.Name}'";
            try
            {
                string? label = Label(options.LabelColumn);
                return new ImageListRow { Place = place, Content = image.Content, Name = image.Name, Label = label, Part = part };
            }
            catch (Exception e) when (e is JsonException or DecoderFallbackException or InvalidOperationException)
            {
                const string NotText = "has a label that is not UTF-8 text, or not JSON where its file is named .json";
                return new ImageListRow { Place = place, Problem = NotText };
            }
        }

        private string? Label(string? named)
        {
            string? file = named is not null && Labels.ContainsKey(named) ? named : Array.Find(WebDataset.labels, Labels.ContainsKey);
            if (file is null) return null;
            string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Labels[file]).Trim();
            if (file != "json") return text;
            using var json = JsonDocument.Parse(text);
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? JsonLinesList.TextOf(JsonLinesList.Find(json.RootElement, named, ListColumns.Labels))
                : JsonLinesList.TextOf(json.RootElement);
        }
    }
}
