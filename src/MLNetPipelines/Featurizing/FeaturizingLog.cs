using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>What featurizing tells the listeners of <see cref="MLContext.Log"/>.</summary>
/// <param name="mlContext">Null tells nobody.</param>
internal sealed class FeaturizingLog(MLContext? mlContext)
{
    private const string Source = "FeaturizeImages";

    public void DeviceChosen(string architecture, string device) =>
        Tell(channel => channel.Info(MessageSensitivity.None, $"'{architecture}' runs on: {device}"));

    public void Unreadable(UnreadableImageException error) => Tell(channel => channel.Warning(MessageSensitivity.UserData, error.Message));

    public void CacheHits(long hits, long images) =>
        Tell(channel => channel.Info(MessageSensitivity.None, $"Features of {hits} of {images} images came from the cache."));

    // A channel for each message: runs on many threads, some given up half way, share no open one.
    private void Tell(Action<IChannel> message)
    {
        if (mlContext is null) return;
        using IChannel channel = ((IChannelProvider)mlContext).Start(Source);
        message(channel);
    }
}
