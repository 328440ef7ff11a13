using System.Buffers;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Many threads, one network: what they get, what stops a request and what does not.</summary>
[TestClass]
public sealed class ImageClassificationServiceTests : IDisposable
{
    private const int Threads = 8;
    private const int PredictionsPerThread = 500;

    private readonly TemporaryFolder folder = new();
    private readonly string model;
    private readonly string[] photos;

    public ImageClassificationServiceTests()
    {
        model = TinyClassifier.Save(folder);
        photos = [.. ImageFolder.Files(folder.File("photos"))];
    }

    // Nothing runs by itself: a batch waits for 64 requests, which never come.
    private static ImageClassificationServiceOptions Patient => new()
    {
        MaxDelay = TimeSpan.FromMinutes(1),
        Featurizing = new FeaturizeImagesOptions { Device = ComputeDevice.Cpu, BatchSize = 64 },
    };

    public TestContext TestContext { get; set; } = null!;

    private CancellationToken Cancellation => TestContext.CancellationToken;

    /// <summary>1e-6: ONNX Runtime may add in another order in a batch of another size.</summary>
    [TestMethod]
    public async Task Many_threads_get_what_one_gets()
    {
        ImagePrediction[] expected = Expected();
        await using ImageClassificationService service = ImageClassificationService.Open(model);

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(async () =>
        {
            for (int i = 0; i < PredictionsPerThread; i++)
            {
                int photo = (thread * 5 + i) % photos.Length;
                ImagePrediction prediction = await service.PredictAsync(photos[photo], Cancellation);
                Assert.AreEqual(photos[photo], prediction.Path);
                AssertEqual(expected[photo], prediction);
            }
        }, Cancellation)));
    }

    [TestMethod]
    public async Task Requests_that_meet_share_a_batch()
    {
        ImagePrediction[] expected = Expected();
        await using ImageClassificationService service = ImageClassificationService.Open(
            model, Patient with { Featurizing = Patient.Featurizing with { BatchSize = photos.Length } });

        // The last of them fills the batch, and only that makes it run.
        ImagePrediction[] predictions = await Task.WhenAll(photos.Select(photo => service.PredictAsync(photo, Cancellation)));

        for (int i = 0; i < photos.Length; i++) AssertEqual(expected[i], predictions[i]);
    }

    [TestMethod]
    public async Task Bytes_and_streams_are_classified_as_files_are()
    {
        ImagePrediction expected = Expected()[3];
        byte[] bytes = await File.ReadAllBytesAsync(photos[3], Cancellation);
        await using ImageClassificationService service = ImageClassificationService.Open(model);
        await using FileStream stream = File.OpenRead(photos[3]);

        AssertEqual(expected, await service.PredictAsync(bytes, Cancellation));
        AssertEqual(expected, await service.PredictAsync(stream, Cancellation));
    }

    [TestMethod]
    public async Task An_unreadable_image_fails_its_own_request()
    {
        string damaged = folder.File("damaged.png");
        await File.WriteAllBytesAsync(damaged, (await File.ReadAllBytesAsync(photos[0], Cancellation))[..200], Cancellation);
        await using ImageClassificationService service = ImageClassificationService.Open(model,
            new ImageClassificationServiceOptions { QueueCapacity = 3 });

        for (int i = 0; i < 4; i++) // more often than there are places, so that a failure gives its own back
        {
            Task<ImagePrediction> good = service.PredictAsync(photos[0], Cancellation), bad = service.PredictAsync(damaged, Cancellation);
            var error = await Assert.ThrowsExactlyAsync<UnreadableImageException>(() => bad);
            Assert.AreEqual($"The image '{damaged}' is truncated.", error.Message);
            Assert.AreEqual("blue", (await good).Ranking[0].Label);
        }
    }

    [TestMethod]
    public async Task A_cancelled_request_leaves_the_others_alone()
    {
        using CancellationTokenSource stop = new();
        ImageClassificationService service = ImageClassificationService.Open(model, Patient);
        Task<ImagePrediction> cancelled = service.PredictAsync(photos[0], stop.Token), other =
            service.PredictAsync(photos[0], Cancellation);
        await stop.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => cancelled);
        Assert.IsFalse(other.IsCompleted);
        await service.DisposeAsync();
        Assert.AreEqual("blue", (await other).Ranking[0].Label);
    }

    [TestMethod]
    public async Task A_full_queue_refuses_and_then_takes_again()
    {
        await using ImageClassificationService service = ImageClassificationService.Open(model,
            Patient with { QueueCapacity = 2, MaxDelay = TimeSpan.FromSeconds(0.5) });
        Task<ImagePrediction> first = service.PredictAsync(photos[0], Cancellation), second = service.PredictAsync(photos[1], Cancellation);

        var error = await Assert.ThrowsExactlyAsync<ImageQueueFullException>(() => service.PredictAsync(photos[2], Cancellation));
        Assert.AreEqual(
            "2 images are under way already, which is all that QueueCapacity allows. Ask again later, send fewer at a time, or raise it.",
                error.Message);
        await Task.WhenAll(first, second);
        Assert.AreEqual("blue", (await service.PredictAsync(photos[2], Cancellation)).Ranking[0].Label);
    }

    [TestMethod]
    public async Task Closing_completes_what_is_under_way_and_refuses_the_rest()
    {
        ImageClassificationService service = ImageClassificationService.Open(model, Patient);
        Task<ImagePrediction>[] underWay = [.. photos.Select(photo => service.PredictAsync(photo, Cancellation))];
        Task<ImagePrediction> endless = service.PredictAsync(new EndlessStream(), Cancellation);

        service.Dispose();

        Assert.IsTrue(underWay.All(task => task.IsCompleted));
        CollectionAssert.AreEqual(photos, (await Task.WhenAll(underWay)).Select(prediction => prediction.Path).ToArray());
        await Assert.ThrowsExactlyAsync<ObjectDisposedException>(() => endless);
        await Assert.ThrowsExactlyAsync<ObjectDisposedException>(() => service.PredictAsync(photos[0], Cancellation));
        await service.DisposeAsync(); // once more does nothing
    }

    [TestMethod]
    public async Task A_network_that_fails_fails_its_requests_and_not_the_service()
    {
        using ImageClassifier classifier = ImageClassifier.Load(model);
        using SemaphoreSlim places = new(0);
        await using MicroBatches<ClassificationRequest> batches = new(
            size: 1, TimeSpan.Zero, new BatchClassification(classifier, keep: null).Run, (request, failure) => request.Fail(failure));
        batches.Start();
        ClassificationRequest bad = Request([]), good = Request(new float[TinyBackbone.FeatureCount]); // no room for features, and room

        batches.Add(bad);
        batches.Add(good);

        await Assert.ThrowsExactlyAsync<ArgumentException>(() => bad.Prediction);
        Assert.HasCount(3, (await good.Prediction).Ranking);
        Assert.AreEqual(2, places.CurrentCount);

        ClassificationRequest Request(float[] features) =>
            new(photos[0], ArrayPool<byte>.Shared.Rent(32 * 32 * 3), features, default, places, Cancellation);
    }

    [TestMethod]
    [Timeout(60_000, CooperativeCancellation = true)]
    public async Task Two_thousand_requests_at_once_are_all_answered()
    {
        const int count = 2000;
        ImagePrediction[] expected = Expected();
        byte[][] bytes = [.. photos.Select(File.ReadAllBytes)];
        await using ImageClassificationService roomy = ImageClassificationService.Open(model,
            new ImageClassificationServiceOptions { QueueCapacity = count });
        ImagePrediction[] answers = await Task.WhenAll(Enumerable.Range(0, count).Select(i => Task.Run(
            () => roomy.PredictAsync(new MemoryStream(bytes[i % bytes.Length]), Cancellation), Cancellation)));
        for (int i = 0; i < count; i++) AssertEqual(expected[i % expected.Length], answers[i]);

        await using ImageClassificationService small = ImageClassificationService.Open(model,
            new ImageClassificationServiceOptions { QueueCapacity = 16 });
        Task<ImagePrediction>[] asked = [.. Enumerable.Range(0, count)
            .Select(i => small.PredictAsync(bytes[i % bytes.Length], Cancellation))];
        await ((Task)Task.WhenAll(asked)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.IsTrue(asked.All(task => task.IsCompletedSuccessfully || task.Exception?.InnerException is ImageQueueFullException));
        Assert.HasCount(3, (await small.PredictAsync(bytes[0], Cancellation)).Ranking);
    }

    [TestMethod]
    public async Task An_image_of_too_many_bytes_fails_its_own_request()
    {
        byte[] image = await File.ReadAllBytesAsync(photos[0], Cancellation);
        await using ImageClassificationService exact = ImageClassificationService.Open(model,
            new ImageClassificationServiceOptions { ImageByteLimit = image.Length });
        await using ImageClassificationService less = ImageClassificationService.Open(model,
            new ImageClassificationServiceOptions { ImageByteLimit = image.Length - 1 });
        string reason = $"has more than {image.Length - 1:N0} bytes, the limit of ImageByteLimit.";

        Assert.HasCount(3, (await exact.PredictAsync(image, Cancellation)).Ranking);
        Assert.HasCount(3, (await exact.PredictAsync(new MemoryStream(image), Cancellation)).Ranking);
        Assert.HasCount(3, (await exact.PredictAsync(photos[0], Cancellation)).Ranking);
        foreach (Task<ImagePrediction> task in new[] { less.PredictAsync(image, Cancellation),
            less.PredictAsync(new MemoryStream(image), Cancellation), less.PredictAsync(photos[0], Cancellation) })
            Assert.EndsWith(reason, (await Assert.ThrowsExactlyAsync<UnreadableImageException>(() => task)).Message);
    }

    [TestMethod]
    [Timeout(60_000, CooperativeCancellation = true)]
    public async Task Slow_streams_hold_bytes_of_their_budget_and_no_places()
    {
        await using ImageClassificationService service = ImageClassificationService.Open(
            model, new ImageClassificationServiceOptions { QueueCapacity = 1, ByteBudget = 1_000_000 });
        using CancellationTokenSource stop = new();
        Task<ImagePrediction>[] slow = [.. Enumerable.Range(0, 15).Select(_ => service.PredictAsync(new EndlessStream(), stop.Token))];

        var error = await Assert.ThrowsExactlyAsync<ImageQueueFullException>(() =>
            service.PredictAsync(new MemoryStream([1]), Cancellation));
        Assert.AreEqual(
            "The images that are being read take all the bytes that ByteBudget allows. Ask again later, send fewer at a time, or raise "
            + "it.", error.Message);
        Assert.AreEqual("blue", (await service.PredictAsync(photos[0], Cancellation)).Ranking[0].Label);
        Assert.IsFalse(slow.Any(task => task.IsCompleted));

        await stop.CancelAsync();
        foreach (Task<ImagePrediction> task in slow) await Assert.ThrowsAsync<OperationCanceledException>(() => task);
        while (true) // until the bytes are back, which is soon after the answer
        {
            try
            {
                await using FileStream stream = File.OpenRead(photos[0]);
                Assert.AreEqual("blue", (await service.PredictAsync(stream, Cancellation)).Ranking[0].Label);
                return;
            }
            catch (ImageQueueFullException)
            {
                await Task.Delay(10, Cancellation);
            }
        }
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public async Task Reading_a_stream_has_a_time_limit(bool obedient)
    {
        await using ImageClassificationService service = ImageClassificationService.Open(
            model, new ImageClassificationServiceOptions { ReadTimeout = TimeSpan.FromMilliseconds(200) });

        var error = await Assert.ThrowsExactlyAsync<TimeoutException>(() =>
            service.PredictAsync(new EndlessStream { Obedient = obedient }, Cancellation));
        Assert.AreEqual("Reading the image took longer than 0.2 seconds, the limit of ReadTimeout.", error.Message);
    }

    [TestMethod]
    public void Options_out_of_range_are_refused()
    {
        Assert.StartsWith("A request waits 0 to 60 seconds for others; null chooses by the device.",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() =>
                new ImageClassificationServiceOptions { MaxDelay = TimeSpan.FromSeconds(61) }).Message);
        Assert.StartsWith("A queue holds 1 to 1 million requests.",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ImageClassificationServiceOptions { QueueCapacity = 0 }).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ImageClassificationServiceOptions { ImageByteLimit = 0 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ImageClassificationServiceOptions { ByteBudget = 1 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ImageClassificationServiceOptions { ReadTimeout = TimeSpan.Zero });
    }

    public void Dispose() => folder.Dispose();

    private ImagePrediction[] Expected()
    {
        using ImageClassifier classifier = ImageClassifier.Load(model);
        return [.. classifier.Predict(photos)];
    }

    private static void AssertEqual(ImagePrediction expected, ImagePrediction actual)
    {
        Assert.IsNull(actual.Error);
        CollectionAssert.AreEqual(expected.Ranking.Select(c => c.Label).ToArray(), actual.Ranking.Select(c => c.Label).ToArray());
        for (int i = 0; i < expected.Ranking.Count; i++) Assert.AreEqual(expected.Ranking[i].Probability, actual.Ranking[i].Probability,
            1e-6);
    }

    /// <summary>An upload that never comes to its end.</summary>
    private sealed class EndlessStream : MemoryStream
    {
        /// <summary>Whether it looks at the token.</summary>
        public bool Obedient { get; init; } = true;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, Obedient ? cancellationToken : CancellationToken.None);
            return 0;
        }
    }
}
