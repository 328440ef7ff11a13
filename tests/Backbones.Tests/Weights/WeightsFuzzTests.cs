using System.Diagnostics;
using ResNetMLNet.Backbones.Weights;
using static Backbones.Tests.Weights.TinyNetwork;
using static TorchSharp.torch;

namespace Backbones.Tests.Weights;

/// <summary>
/// Corrupted files: a reader either succeeds (a weight was hit) or says what is wrong. Nothing else escapes it, nothing takes long, and
/// nothing takes more memory than the file explains, torch's included.
/// </summary>
[TestClass]
[DoNotParallelize] // it measures the process's memory
public sealed class WeightsFuzzTests
{
    // Values that overflow sums and products, or look like other things.
    private static readonly byte[][] Extremes =
    [
        [0xff, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0x7f], [0, 0, 0, 0x80], [0, 0, 0, 0, 0, 0, 0, 0],
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0, 0, 0, 0, 0, 0, 0, 0x40],
        "]]]]"u8.ToArray(), "99999999"u8.ToArray(),
    ];

    private static byte[] Tiny(string extension)
    {
        using var folder = new TemporaryFolder();
        using var weights = new WeightSet(
            new Dictionary<string, Tensor>
            {
                ["fc.weight"] = arange(6, ScalarType.Float32).reshape(2, 3),
                ["fc.bias"] = ones(2),
                ["bn.num_batches_tracked"] = tensor(1L),
            },
            "tiny");
        WeightsFile.Save(weights, folder[$"tiny{extension}"]);
        return File.ReadAllBytes(folder[$"tiny{extension}"]);
    }

    private static byte[] TinyTorchSharp()
    {
        using var folder = new TemporaryFolder();
        using var network = nn.Sequential(("fc", nn.Linear(3, 2)), ("bn", nn.BatchNorm1d(2)));
        network.save(folder["tiny.dat"]);
        return File.ReadAllBytes(folder["tiny.dat"]);
    }

    private static byte[] TinyOnnx()
    {
        var graph = new ResNetMLNet.OnnxGraph("tiny");
        graph.Constant("Parameter91", [1, 2, 3], 3);
        return Google.Protobuf.MessageExtensions.ToByteArray(graph.ToModel([]));
    }

    /// <param name="kind">What is corrupted.</param>
    /// <param name="count">How often.</param>
    /// <param name="header">How many bytes at the start, and half as many at the end, are most likely to be hit.</param>
    [TestMethod]
    [DataRow("tiny.pth", 6000, 700)]
    [DataRow("tiny.safetensors", 4000, 250)]
    [DataRow("tiny.dat", 3000, 200)]
    [DataRow("tiny.onnx", 1000, 100)]
    [DataRow("tiny_resnet_d_legacy.pth", 3000, 11000)]
    [DataRow("tiny_resnet_d.pth", 1000, 10000)]
    public void No_corruption_of_a_file_gets_past_its_reader(string kind, int count, int header)
    {
        byte[] sound = kind switch
        {
            "tiny.dat" => TinyTorchSharp(),
            "tiny.onnx" => TinyOnnx(),
            _ when kind.StartsWith("tiny.", StringComparison.Ordinal) => Tiny(Path.GetExtension(kind)),
            _ => File.ReadAllBytes(Checkpoint(kind)),
        };
        var random = new Random(1);
        int refused = 0;
        long memory = NativeMemory.PeakGrowth(() =>
        {
            for (int i = 0; i < count; i++)
            {
                if (i % 50 == 0) GC.Collect(); // the garbage of this loop is not what is measured
                byte[] corrupted = Corrupt(sound, header, random);
                long before = GC.GetAllocatedBytesForCurrentThread();
                var clock = Stopwatch.StartNew();
                try
                {
                    WeightsFile.Load(new MemoryStream(corrupted), "corrupted").Dispose();
                }
                catch (InvalidDataException e)
                {
                    Assert.IsTrue(e.Message.Length < 1500 && !e.Message.Any(char.IsControl), $"corruption {i}: {e.Message}");
                    refused++;
                }
                Assert.IsLessThan(2_000_000 + 100L * corrupted.Length, GC.GetAllocatedBytesForCurrentThread() - before, $"corruption {i}");
                Assert.IsLessThan(TimeSpan.FromSeconds(10), clock.Elapsed, $"corruption {i}");
            }
        });
        Assert.IsLessThan(200_000_000, memory);
        Assert.IsGreaterThan(count / 4, refused);
    }

    private static byte[] Corrupt(byte[] sound, int header, Random random)
    {
        List<byte> bytes = [.. sound];
        for (int changes = random.Next(1, 4); changes > 0 && bytes.Count > 8; changes--)
        {
            int place = random.Next(4) == 0
                ? bytes.Count - 1 - random.Next(Math.Min(bytes.Count, header / 2))
                : random.Next(Math.Min(bytes.Count, header));
            int length = Math.Min(random.Next(1, 9), bytes.Count - place);
            switch (random.Next(8))
            {
                case 0: bytes.RemoveRange(place, random.Next(bytes.Count - place)); break;
                case 1: bytes.RemoveRange(place, length); break;
                case 2: bytes.InsertRange(place, bytes.GetRange(random.Next(bytes.Count - length), length)); break;
                case 3: Overwrite(bytes, place, Extremes[random.Next(Extremes.Length)]); break;
                case 4: bytes[place] ^= (byte)(1 << random.Next(8)); break;
                default: bytes[place] = (byte)random.Next(256); break;
            }
        }
        return [.. bytes];
    }

    private static void Overwrite(List<byte> bytes, int place, byte[] value)
    {
        for (int i = 0; i < value.Length && place + i < bytes.Count; i++) bytes[place + i] = value[i];
    }
}
