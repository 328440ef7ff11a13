using System.IO.Compression;
using System.Text;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Networks that are kept aside while ML.NET saves a model on this thread, and a mark in place of each: ML.NET packs whatever it saves, which
/// takes seconds for weights, only for <c>SaveImageModel</c> to unpack them again.
/// </summary>
internal sealed class NetworksAside : IDisposable
{
    [ThreadStatic]
    private static NetworksAside? current;

    private readonly Dictionary<string, byte[]> networks = [];
    private readonly NetworksAside? outer = current;

    public NetworksAside() => current = this;

    /// <summary>Where networks are to be kept; null where they are saved with the model.</summary>
    public static NetworksAside? Current => current;

    /// <summary>Keeps a network.</summary>
    /// <returns>What is to be saved in its place.</returns>
    public byte[] Keep(byte[] network)
    {
        string mark = $"network {Guid.NewGuid():N}";
        networks.Add(mark, network);
        return Encoding.ASCII.GetBytes(mark);
    }

    /// <summary>The network whose mark was saved in a part of a model; null for a part that is saved itself.</summary>
    public byte[]? Find(ZipArchiveEntry part)
    {
        if (part.Length > 100) return null;
        // ML.NET writes the length before the bytes.
        byte[] saved = new byte[part.Length];
        using Stream content = part.Open();
        content.ReadExactly(saved);
        return saved.Length > sizeof(int) ? networks.GetValueOrDefault(Encoding.ASCII.GetString(saved, sizeof(int), saved.Length - sizeof(int))) : null;
    }

    public void Dispose() => current = outer;
}
