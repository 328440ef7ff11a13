using Microsoft.Extensions.Diagnostics.HealthChecks;
using ResNetMLNet.MLNetPipelines;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Image classifiers in a container of services.</summary>
public static class ImageClassifierServices
{
    /// <summary>
    /// Adds an <see cref="ImageClassificationService"/>: opened once, when it is first asked for, shared by all, closed with the container.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="modelPath">The zip file of a model that you trust.</param>
    /// <param name="options">Device, batches, limits; null takes the defaults.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddImageClassifier(
        this IServiceCollection services, string modelPath, ImageClassificationServiceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        return services.AddSingleton(_ => ImageClassificationService.Open(modelPath, options));
    }

    /// <inheritdoc cref="AddImageClassifier(IServiceCollection, string, ImageClassificationServiceOptions?)"/>
    /// <summary>
    /// Adds one <see cref="ImageClassificationService"/> of several, which is asked for by its key:
    /// <c>[FromKeyedServices(key)] ImageClassificationService flowers</c>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key.</param>
    /// <param name="modelPath">The zip file of a model that you trust.</param>
    /// <param name="options">Device, batches, limits; null takes the defaults.</param>
    public static IServiceCollection AddKeyedImageClassifier(
        this IServiceCollection services, object serviceKey, string modelPath, ImageClassificationServiceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(serviceKey);
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        return services.AddKeyedSingleton(serviceKey, (_, _) => ImageClassificationService.Open(modelPath, options));
    }

    /// <summary>
    /// Adds a health check that opens the model, where that has not happened yet, and classifies a small picture. It is healthy where that
    /// works, degraded where the service has all the requests that it can take, and otherwise <paramref name="failureStatus"/>,
    /// with the reason. It always asks the network, whatever the cache holds.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="serviceKey">The key of <c>AddKeyedImageClassifier</c>; null checks the service that has none.</param>
    /// <param name="failureStatus">What a failure is reported as; null is unhealthy.</param>
    /// <param name="tags">Tags to choose checks by.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static IHealthChecksBuilder AddImageClassifier(this IHealthChecksBuilder builder, string name = "image_classifier",
        object? serviceKey = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(name, services => new ImageClassifierHealthCheck(services, serviceKey),
            failureStatus, tags));
    }
}
