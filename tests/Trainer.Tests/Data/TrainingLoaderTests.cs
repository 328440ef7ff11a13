using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Data;

/// <summary>Batches of 23 photos: which, in which order, with which pixels.</summary>
[TestClass]
public sealed class TrainingLoaderTests
{
    private const int Images = 23;

    private static readonly LoaderOptions all = new()
    {
        BatchSize = 4,
        Preprocessing = new() { ImageSize = 32 },
        Seed = 7,
        Augmentation = Augmentation.Standard with
        {
            VerticalFlip = 0.5,
            AutoAugment = new RandAugment(),
            ColorJitter = new ColorJitter { Brightness = 0.4, Contrast = 0.4, Saturation = 0.4, Hue = 0.1 },
            Erasing = new RandomErasing { Probability = 0.5 },
        },
    };

    private static ImageStore store = null!;

    /// <summary>Each image is a class of its own, so that labels tell them apart.</summary>
    private static double[] Each { get; } = [.. Enumerable.Range(0, Images)];

    [ClassInitialize]
    public static void Load(TestContext context) =>
        store = ImageStore.Load([.. ImageFolder.List(TemporaryFolder.Flowers).Take(Images)], new ImageStoreOptions { ShorterSide = 48 }, context.CancellationToken);

    [ClassCleanup]
    public static void Unload() => store.Dispose();

    [TestMethod]
    public void One_worker_and_four_make_the_same_batches() => AssertEqual(
        Epoch(all with { Workers = 1, Prefetch = 1 }), Epoch(all with { Workers = 4, Prefetch = 5 }));

    [TestMethod]
    public void An_epoch_that_starts_later_is_the_rest_of_it() => AssertEqual(Epoch(all)[3..], Epoch(all, firstStep: 3));

    [TestMethod]
    public void An_epoch_that_starts_at_its_end_is_empty() => Assert.IsEmpty(Epoch(all, firstStep: 6));

    [TestMethod]
    public void A_loader_gives_an_epoch_again_after_others()
    {
        var loader = new TrainingLoader(store, Each, all);
        List<Copy> first = Epoch(loader, 0, 0);
        Epoch(loader, 1, 0);
        AssertEqual(first, Epoch(loader, 0, 0));
    }

    [TestMethod]
    public void Epochs_differ_in_order_and_in_pixels()
    {
        List<Copy> one = Epoch(all), other = Epoch(all, epoch: 1);
        CollectionAssert.AreNotEqual(Labels(one), Labels(other));
        Assert.AreEqual(0, Pictures(one).Zip(Pictures(other)).Count(pair => pair.First.SequenceEqual(pair.Second)));
    }

    [TestMethod]
    public void No_two_images_of_an_epoch_are_changed_alike()
    {
        using ImageStore same = ImageStore.Load([.. Enumerable.Repeat(store.Images[0], Images)], new ImageStoreOptions { ShorterSide = 48 }, CancellationToken.None);
        List<Copy> epoch = Epoch(new TrainingLoader(same, Each, all with { Augmentation = new Augmentation { Crop = new RandomResizedCrop() } }), 0, 0);
        Assert.AreEqual(Images, Pictures(epoch).Select(Convert.ToHexString).Distinct().Count());
    }

    [TestMethod]
    public void Seeds_differ_in_order_and_in_pixels()
    {
        List<Copy> one = Epoch(all), other = Epoch(all with { Seed = 8 });
        CollectionAssert.AreNotEqual(Labels(one), Labels(other));
        Assert.AreEqual(0, Pictures(one).Zip(Pictures(other)).Count(pair => pair.First.SequenceEqual(pair.Second)));
    }

    [TestMethod]
    public void An_epoch_has_every_image_once_in_batches_of_equal_size_but_for_one_image()
    {
        List<Copy> epoch = Epoch(all);
        CollectionAssert.AreEqual(Each, Labels(epoch).Order().ToArray());
        CollectionAssert.AreEquivalent(new[] { 3, 4, 4, 4, 4, 4 }, epoch.Select(batch => batch.Labels.Length).ToArray());
    }

    [TestMethod]
    [DataRow(33, 32, 2, 17)]
    [DataRow(64, 32, 2, 32)]
    [DataRow(1, 32, 1, 1)]
    [DataRow(100, 1, 100, 1)]
    [DataRow(3, 2, 1, 3)]
    [DataRow(5, 2, 2, 3)]
    [DataRow(4, 3, 2, 2)]
    [DataRow(1, 2, 1, 1)]
    [DataRow(2_000_000_000, 3, 666_666_667, 3)]
    public void No_batch_is_tiny(int images, int batchSize, int count, int largest)
    {
        var batches = new EpochBatches(images, batchSize);
        Assert.AreEqual((count, largest, 0, images), (batches.Count, batches.Largest, batches.StartOf(0), batches.StartOf(count)));
        Assert.IsInRange(largest - 1, largest, batches.StartOf(count) - batches.StartOf(count - 1));
    }

    /// <summary>Where nothing is random but the order, each image keeps its own label.</summary>
    [TestMethod]
    public void A_label_goes_with_its_image()
    {
        byte[] buffer = [], expected = new byte[Batch.ImageLength(32)];
        List<Copy> epoch = Epoch(all with { Augmentation = new Augmentation() });
        foreach ((int label, byte[] picture) in Labels(epoch).Select(label => (int)label).Zip(Pictures(epoch)))
        {
            (int width, int height) = store.SizeOf(label);
            new Augmenter(new LoaderOptions()).Apply(store.Read(label, ref buffer), width, height, default, 32, expected);
            CollectionAssert.AreEqual(expected, picture);
        }
    }

    [TestMethod]
    public void Balanced_classes_come_equally_often_and_their_images_in_turn()
    {
        // 17, 4 and 2 images: each class 7 or 8 times of 23.
        double[] labels = [.. Enumerable.Range(0, Images).Select(i => i < 17 ? 0 : i < 21 ? 1 : 2)];
        int[] taken = new int[Images];
        for (int epoch = 0; epoch < 300; epoch++)
        {
            int[] order = EpochOrder.Balanced(labels, seed: 1, epoch);
            Assert.HasCount(Images, order);
            foreach (IGrouping<double, int> label in order.GroupBy(i => labels[i]))
            {
                Assert.IsInRange(7, 8, label.Count());
                int[] times = [.. label.GroupBy(i => i).Select(image => image.Count())];
                if (label.Key > 0) Assert.IsInRange(0, 1, times.Max() - times.Min());
                else Assert.AreEqual(1, times.Max());
            }

            foreach (int i in order) taken[i]++;
        }

        // 300 epochs of 23 / 3 images a class: 135 times each of 17, 575 each of 4, 1150 each of 2.
        for (int i = 0; i < Images; i++) Assert.AreEqual(2300.0 / (i < 17 ? 17 : i < 21 ? 4 : 2), taken[i], 40, $"image {i}");
    }

    [TestMethod]
    public void The_loader_balances_where_asked_to()
    {
        double[] labels = [.. Enumerable.Range(0, Images).Select(i => i < 20 ? 0 : 1)];
        List<Copy> epoch = Epoch(new TrainingLoader(store, labels, all with { Balanced = true }), 0, 0);
        Assert.IsInRange(11, 12, Labels(epoch).Count(label => label == 1));
    }

    [TestMethod]
    public void Sizes_vary_by_step_and_not_within_a_batch()
    {
        List<Copy> epoch = [.. Enumerable.Range(0, 20).SelectMany(i => Epoch(all with { MultiScale = new MultiScale(16, 48, 16) }, epoch: i))];
        CollectionAssert.AreEquivalent(new[] { 16, 32, 48 }, epoch.Select(batch => batch.Size).Distinct().ToArray());
        AssertEqual(Epoch(all with { MultiScale = new MultiScale(16, 48, 16) })[2..], Epoch(all with { MultiScale = new MultiScale(16, 48, 16) }, firstStep: 2));
    }

    [TestMethod]
    public void Sizes_that_are_none_are_refused() => Assert.AreEqual(
        "Sizes from 48 to 16 in steps of 32 are none. Name the smallest first, such as 160 to 256 in steps of 32. (Parameter 'options')",
        Assert.ThrowsExactly<ArgumentException>(() => new TrainingLoader(store, Each, all with { MultiScale = new MultiScale(48, 16) })).Message);

    [TestMethod]
    public void Memory_does_not_grow_from_epoch_to_epoch()
    {
        var loader = new TrainingLoader(store, Each, all with { Prefetch = 2 });
        HashSet<byte[]> buffers = [];
        for (int epoch = 0; epoch < 5; epoch++)
        {
            foreach (Batch batch in loader.Epoch(epoch, 0, CancellationToken.None)) buffers.Add(batch.Pixels);
        }

        Assert.IsLessThanOrEqualTo(3, buffers.Count, "the one in use and two ahead");
    }

    [TestMethod]
    public void Cancelling_stops_the_workers()
    {
        using var stop = new CancellationTokenSource();
        using IEnumerator<Batch> batches = new TrainingLoader(store, Each, all with { BatchSize = 1, Prefetch = 2 }).Epoch(0, 0, stop.Token).GetEnumerator();
        Assert.IsTrue(batches.MoveNext());
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() =>
        {
            // What was made before may still come.
            for (int ready = 0; ready < 4; ready++) batches.MoveNext();
        });
        Assert.IsFalse(batches.MoveNext());
    }

    [TestMethod]
    public void Whoever_stops_early_may_dispose_of_the_store_at_once()
    {
        ImageStore own = ImageStore.Load(store.Images, new ImageStoreOptions { ShorterSide = 48, MemoryLimit = 0 }, CancellationToken.None);
        foreach (Batch _ in new TrainingLoader(own, Each, all with { Prefetch = 4 }).Epoch(0, 0, CancellationToken.None)) break;
        own.Dispose();
        byte[] buffer = [];
        Assert.ThrowsExactly<ObjectDisposedException>(() => own.Read(0, ref buffer).Length);
    }

    [TestMethod]
    public void A_label_is_missing() => Assert.AreEqual("There are 2 labels for 23 images; each image has one. (Parameter 'labels')",
        Assert.ThrowsExactly<ArgumentException>(() => new TrainingLoader(store, [0, 1], all)).Message);

    [TestMethod]
    public void A_class_that_is_only_validated_is_named()
    {
        var indices = new ClassIndices([Of("roses"), Of("daisy"), Of("roses")]);
        CollectionAssert.AreEqual(new[] { 1, 0 }, indices.Of([Of("roses"), Of("daisy")]));
        Assert.AreEqual("Class 'tulips' has images to validate and none to train on. The classes to learn are 'daisy', 'roses'.",
            Assert.ThrowsExactly<InvalidDataException>(() => indices.Of([Of("roses"), Of("tulips")])).Message);

        static LabeledImage Of(string label) => new() { Label = label };
    }

    private static List<Copy> Epoch(LoaderOptions options, int epoch = 0, int firstStep = 0) => Epoch(new TrainingLoader(store, Each, options), epoch, firstStep);

    private static List<Copy> Epoch(TrainingLoader loader, int epoch, int firstStep) =>
        [.. loader.Epoch(epoch, firstStep, CancellationToken.None).Select(batch => new Copy(batch.Size, batch.Labels, batch.Pixels[..batch.Length]))];

    private static double[] Labels(List<Copy> epoch) => [.. epoch.SelectMany(batch => batch.Labels)];

    private static IEnumerable<byte[]> Pictures(List<Copy> epoch) => epoch.SelectMany(batch => batch.Pixels.Chunk(Batch.ImageLength(batch.Size)));

    private static void AssertEqual(List<Copy> expected, List<Copy> actual)
    {
        Assert.HasCount(expected.Count, actual);
        foreach ((Copy one, Copy other) in expected.Zip(actual))
        {
            Assert.AreEqual(one.Size, other.Size);
            CollectionAssert.AreEqual(one.Labels, other.Labels);
            CollectionAssert.AreEqual(one.Pixels, other.Pixels);
        }
    }

    /// <summary>A batch is valid until the next one only.</summary>
    private sealed record Copy(int Size, double[] Labels, byte[] Pixels);
}
