using System.Security.Cryptography;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Where the cache is and how it is kept small.</summary>
[TestClass]
public sealed class FeatureCacheFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [TestMethod]
    public void What_was_not_used_for_longest_goes_first()
    {
        FeatureCacheFolder cache = new(folder.Path, sizeLimit: 40 * 4096);
        string[] files = [.. Enumerable.Range(0, 50).Select(i => Write(cache, i, DateTime.UtcNow.AddDays(-100 + i)))];

        cache.Trim();

        // Nine tenths of the limit, 36 blocks, are left.
        CollectionAssert.AreEqual(files[14..], files.Where(File.Exists).ToArray());
    }

    [TestMethod]
    public void Reading_features_counts_as_use()
    {
        using TemporaryFolder images = new();
        string path = NoiseImage.WriteMany(images, 1)[0];
        FeaturizeImagesOptions options = new() { Cache = new FeatureCacheOptions { Folder = folder.Path } };
        using ImageFeaturizer featurizer = ImageFeaturizer.Open(new TinyBackbone().Write(images.File("tiny.onnx")), options);
        _ = featurizer.Featurize([path]).Single();
        string entry = Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Single();
        File.SetLastWriteTimeUtc(entry, DateTime.UtcNow.AddDays(-9));

        _ = featurizer.Featurize([path]).Single();

        Assert.AreEqual(1, featurizer.CacheHits);
        Assert.IsLessThan(TimeSpan.FromMinutes(1), DateTime.UtcNow - File.GetLastWriteTimeUtc(entry));
    }

    [TestMethod]
    public void A_featurizer_leaves_the_folder_within_its_limit()
    {
        using TemporaryFolder images = new();
        FeatureCacheOptions small = new() { Folder = folder.Path, SizeLimit = 1_000_000 };
        FeatureCacheFolder cache = new(folder.Path, small.SizeLimit);
        for (int i = 0; i < 300; i++)
        {
            Write(cache, i, DateTime.UtcNow.AddDays(-1));
        }

        using (ImageFeaturizer featurizer = ImageFeaturizer.Open(
            new TinyBackbone().Write(images.File("tiny.onnx")), new FeaturizeImagesOptions { Cache = small }))
        {
            _ = featurizer.Featurize(NoiseImage.WriteMany(images, 3)).Count();
        }

        Assert.IsLessThanOrEqualTo(1_000_000 / 4096, Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Length);
    }

    [TestMethod]
    public void Nothing_that_is_not_the_caches_is_touched()
    {
        FeatureCacheFolder cache = new(folder.Path, sizeLimit: 4096);
        string backbone = cache.ForBackbone(SHA256.HashData([1]));
        string[] others =
        [
            folder.File("photo.jpg"), folder.File("a.features"), folder.File("notes", "ab", "b.features"),
            folder.File(backbone, "ab", "c.txt"), folder.File(backbone, "d.features"),
        ];
        foreach (string other in others)
        {
            File.WriteAllBytes(other, new byte[100_000]);
            File.SetLastWriteTimeUtc(other, DateTime.UtcNow.AddDays(-99));
        }

        cache.Trim();

        Assert.IsTrue(others.All(File.Exists));
    }

    [TestMethod]
    public void What_a_process_left_that_died_is_cleared_away()
    {
        FeatureCacheFolder cache = new(folder.Path, sizeLimit: 1_000_000);
        string file = Write(cache, 1, DateTime.UtcNow);
        string dead = FeatureCacheFolder.TemporaryFor(file);
        string alive = FeatureCacheFolder.TemporaryFor(file);
        File.WriteAllBytes(dead, [1]);
        File.WriteAllBytes(alive, [1]);
        File.SetLastWriteTimeUtc(dead, DateTime.UtcNow.AddDays(-1));

        cache.Trim();

        Assert.IsFalse(File.Exists(dead));
        Assert.IsTrue(File.Exists(alive));
        Assert.IsTrue(File.Exists(file));
    }

    [TestMethod]
    public void Trimming_a_folder_that_is_not_there_does_nothing() =>
        new FeatureCacheFolder(Path.Combine(folder.Path, "none"), 1_000_000).Trim();

    [TestMethod]
    public void A_limit_below_a_megabyte_is_refused() => Assert.StartsWith(
        "A cache's size limit is at least 1 million bytes; to have no cache, leave it out.",
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new FeatureCacheOptions { SizeLimit = 1000 }).Message);

    [TestMethod]
    [DoNotParallelize]
    public void The_environment_says_where_the_folder_is()
    {
        string? before = Environment.GetEnvironmentVariable("RESNETMLNET_CACHE");
        string? xdg = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        try
        {
            Environment.SetEnvironmentVariable("RESNETMLNET_CACHE", folder.Path);
            Assert.AreEqual(Path.Combine(folder.Path, "features"), new FeatureCacheOptions().Folder);
            Environment.SetEnvironmentVariable("RESNETMLNET_CACHE", null);
            if (OperatingSystem.IsWindows()) return;
            Environment.SetEnvironmentVariable("XDG_CACHE_HOME", "/x");
            Assert.AreEqual("/x/resnet-mlnet/features", new FeatureCacheOptions().Folder);
            Environment.SetEnvironmentVariable("XDG_CACHE_HOME", "relative");
            Assert.EndsWith("/.cache/resnet-mlnet/features", new FeatureCacheOptions().Folder);
        }
        finally
        {
            Environment.SetEnvironmentVariable("RESNETMLNET_CACHE", before);
            Environment.SetEnvironmentVariable("XDG_CACHE_HOME", xdg);
        }
    }

    public void Dispose() => folder.Dispose();

    private static string Write(FeatureCacheFolder cache, int number, DateTime used)
    {
        string path = FeatureCacheFolder.FileOf(cache.ForBackbone(SHA256.HashData([(byte)(number % 3)])),
            SHA256.HashData(BitConverter.GetBytes(number)));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, new byte[100]);
        File.SetLastWriteTimeUtc(path, used);
        return path;
    }
}
