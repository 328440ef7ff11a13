using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>Classifiers in a real container, with its real health checks.</summary>
[TestClass]
public sealed class ImageClassifierServicesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model;

    public ImageClassifierServicesTests() => model = TinyClassifier.Save(folder);

    public TestContext TestContext { get; set; } = null!;

    private string Photo => ImageFolder.Files(folder.File("photos"))[0];

    [TestMethod]
    public async Task A_classifier_is_opened_once_and_closed_with_the_container()
    {
        ImageClassificationService service;
        await using (ServiceProvider services = new ServiceCollection().AddImageClassifier(model).BuildServiceProvider())
        {
            service = services.GetRequiredService<ImageClassificationService>();
            Assert.AreSame(service, services.GetRequiredService<ImageClassificationService>());
            Assert.AreEqual("blue", (await service.PredictAsync(Photo, TestContext.CancellationToken)).Ranking[0].Label);
        }

        await Assert.ThrowsExactlyAsync<ObjectDisposedException>(() => service.PredictAsync(Photo, TestContext.CancellationToken));
    }

    [TestMethod]
    public void Classifiers_are_told_apart_by_their_keys()
    {
        using ServiceProvider services = new ServiceCollection()
            .AddKeyedImageClassifier("a", model)
            .AddKeyedImageClassifier("b", model)
            .BuildServiceProvider();

        ImageClassificationService a = services.GetRequiredKeyedService<ImageClassificationService>("a");
        Assert.AreNotSame(a, services.GetRequiredKeyedService<ImageClassificationService>("b"));
        Assert.IsNull(services.GetService<ImageClassificationService>());
    }

    [TestMethod]
    public async Task A_model_that_classifies_is_healthy()
    {
        HealthReportEntry entry = await CheckAsync(services => services
            .AddImageClassifier(model, new ImageClassificationServiceOptions
            {
                Featurizing =
                new FeaturizeImagesOptions { Device = ComputeDevice.Cpu }
            }));

        Assert.AreEqual(HealthStatus.Healthy, entry.Status);
        Assert.AreEqual("3 classes, on CPU", entry.Description);
    }

    [TestMethod]
    public async Task A_check_asks_the_network_and_not_the_cache()
    {
        FeatureCacheOptions cache = new() { Folder = folder.File("cache", "features") };
        ImageClassificationServiceOptions options = new()
        {
            Featurizing =
            new FeaturizeImagesOptions { Device = ComputeDevice.Cpu, Cache = cache }
        };
        for (int i = 0; i < 2; i++) Assert.AreEqual(HealthStatus.Healthy,
            (await CheckAsync(services => services.AddImageClassifier(model, options))).Status);
        Assert.IsFalse(Directory.Exists(cache.Folder));

        await using (ImageClassificationService service = ImageClassificationService.Open(model, options)) await service.PredictAsync(
            Photo, TestContext.CancellationToken);
        Assert.HasCount(1, Directory.GetFiles(cache.Folder, "*", SearchOption.AllDirectories)); // closing waits for what is to be kept
    }

    [TestMethod]
    public async Task A_model_with_a_key_is_checked_by_it()
    {
        HealthReportEntry entry = await CheckAsync(services => services.AddKeyedImageClassifier("colours", model), serviceKey: "colours");
        Assert.AreEqual(HealthStatus.Healthy, entry.Status, entry.Description);
    }

    [TestMethod]
    public async Task A_model_that_cannot_be_opened_is_unhealthy_with_the_reason()
    {
        string damaged = folder.File("damaged.zip");
        await File.WriteAllBytesAsync(damaged, (await File.ReadAllBytesAsync(model, TestContext.CancellationToken))[..500],
            TestContext.CancellationToken);
        string reason = Assert.ThrowsExactly<InvalidDataException>(() => ImageClassificationService.Open(damaged)).Message;

        HealthReportEntry entry = await CheckAsync(services => services.AddImageClassifier(damaged));

        Assert.AreEqual(HealthStatus.Unhealthy, entry.Status);
        Assert.AreEqual(reason, entry.Description);
    }

    [TestMethod]
    public async Task A_full_queue_is_degraded()
    {
        ImageClassificationServiceOptions full = new()
        {
            QueueCapacity = 1,
            MaxDelay = TimeSpan.FromMinutes(1),
            Featurizing = new FeaturizeImagesOptions { BatchSize = 64 },
        };
        await using ServiceProvider services = WithCheck(collection => collection.AddImageClassifier(model, full), serviceKey: null);
        Task<ImagePrediction> first = services.GetRequiredService<ImageClassificationService>()
            .PredictAsync(Photo, TestContext.CancellationToken);

        HealthReport report = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.CancellationToken);

        Assert.AreEqual(HealthStatus.Degraded, report.Status);
        Assert.IsFalse(first.IsCompleted);
    }

    public void Dispose() => folder.Dispose();

    private static ServiceProvider WithCheck(Func<IServiceCollection, IServiceCollection> add, object? serviceKey) =>
        add(new ServiceCollection().AddSingleton(typeof(ILogger<>), typeof(NullLogger<>)))
            .AddHealthChecks().AddImageClassifier(serviceKey: serviceKey).Services.BuildServiceProvider();

    private async Task<HealthReportEntry> CheckAsync(Func<IServiceCollection, IServiceCollection> add, object? serviceKey = null)
    {
        await using ServiceProvider services = WithCheck(add, serviceKey);
        return (await services.GetRequiredService<HealthCheckService>()
            .CheckHealthAsync(TestContext.CancellationToken)).Entries["image_classifier"];
    }
}
