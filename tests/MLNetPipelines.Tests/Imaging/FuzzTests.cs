using System.Buffers.Binary;
using System.Diagnostics;

namespace ResNetMLNet.MLNetPipelines.Tests.Imaging;

/// <summary>Damaged images of every encoding: no crash, no hang, and memory for no more pixels than the limit allows.</summary>
[TestClass]
public sealed class FuzzTests
{
    private const int Files = 4000;
    private const long PixelLimit = 1_000_000;

    [TestMethod]
    public void Mutations_of_every_encoding_are_decoded_or_unreadable_in_bounded_memory_and_time()
    {
        byte[][] originals = [.. TestEncodings.All.Keys.Order(StringComparer.Ordinal)
            .Select(name => File.ReadAllBytes(TestEncodings.PathOf(name)))];
        Random random = new(2024);
        int decoded = 0;
        TimeSpan slowest = TimeSpan.Zero;
        using Process process = Process.GetCurrentProcess();
        long before = process.WorkingSet64;
        for (int i = 0; i < Files; i++)
        {
            using EncodedImage mutant = EncodedImage.Copy(Mutate(originals[i % originals.Length], random));
            long start = Stopwatch.GetTimestamp();
            try
            {
                using DecodedImage image = ImageDecoder.Decode(mutant, PixelLimit, double.PositiveInfinity, name: null);
                Assert.IsLessThanOrEqualTo(PixelLimit, (long)image.Width * image.Height);
                decoded++;
            }
            catch (UnreadableImageException)
            {
                // The other permitted outcome.
            }

            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            if (elapsed > slowest) slowest = elapsed;
        }

        process.Refresh();
        Assert.IsInRange(Files / 20, Files * 19 / 20, decoded); // otherwise the mutations are too slight or too great to try anything
        Assert.IsLessThan(300_000_000, process.WorkingSet64 - before);
        Assert.IsLessThan(TimeSpan.FromSeconds(10), slowest);
    }

    /// <summary>
    /// Flipped bits, numbers at their limits where sizes and lengths may be, parts cut out, doubled or missing at the end.
    /// </summary>
    private static byte[] Mutate(byte[] original, Random random)
    {
        byte[] mutant = [.. original];
        for (int changes = random.Next(1, 5); changes > 0 && mutant.Length > 8; changes--)
        {
            int at = random.Next(2) == 0 ? random.Next(Math.Min(64, mutant.Length - 4)) : random.Next(mutant.Length - 4);
            switch (random.Next(6))
            {
                case 0:
                    mutant[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    mutant[at] = (byte)random.Next(256);
                    break;
                case 2:
                    BinaryPrimitives.WriteUInt16BigEndian(mutant.AsSpan(at), new ushort[] { 0, 1, 0x7FFF, 0x8000, 0xFFFF }[random.Next(5)]);
                    break;
                case 3:
                    BinaryPrimitives.WriteUInt32LittleEndian(mutant.AsSpan(at),
                        new uint[] { 0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 100_000 }[random.Next(6)]);
                    break;
                case 4:
                    int length = random.Next(1, Math.Min(40, mutant.Length - at));
                    mutant = random.Next(2) == 0 ? [.. mutant[..at], .. mutant[(at + length)..]]
                        : [.. mutant[..(at + length)], .. mutant[at..]];
                    break;
                default:
                    if (random.Next(4) == 0) mutant = mutant[..at];
                    break;
            }
        }

        return mutant;
    }
}
