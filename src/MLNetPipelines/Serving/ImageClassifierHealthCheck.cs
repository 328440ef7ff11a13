using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SkiaSharp;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Whether an <see cref="ImageClassificationService"/> opens and classifies a picture.</summary>
/// <param name="services">Has the service. It is asked for by the check, so that a model that cannot be opened is a finding, not an
/// error.</param>
/// <param name="serviceKey">Its key, or null.</param>
internal sealed class ImageClassifierHealthCheck(IServiceProvider services, object? serviceKey) : IHealthCheck
{
    private static readonly byte[] picture = Draw();

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            ImageClassificationService service = serviceKey is null
                ? services.GetRequiredService<ImageClassificationService>()
                : services.GetRequiredKeyedService<ImageClassificationService>(serviceKey);
            await service.AskNetworkAsync(picture, cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Healthy($"{service.Classes.Count} classes, on {service.Device}");
        }
        catch (ImageQueueFullException full)
        {
            return HealthCheckResult.Degraded(full.Message, full);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, failure.Message, failure);
        }
    }

    private static byte[] Draw()
    {
        using SKBitmap bitmap = new(new SKImageInfo(8, 8, SKColorType.Rgba8888, SKAlphaType.Opaque));
        bitmap.Erase(SKColors.Gray);
        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        return png.ToArray();
    }
}
