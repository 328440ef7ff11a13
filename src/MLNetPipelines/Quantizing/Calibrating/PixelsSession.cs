using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>A network that is run on decoded images, on the CPU, with any of its values as outputs.</summary>
internal sealed class PixelsSession : IDisposable
{
    private readonly InferenceSession session;
    private readonly string[] outputs;
    private readonly long size;

    /// <param name="model">The network.</param>
    /// <param name="values">Values of it, which need not be outputs.</param>
    /// <param name="size">Height and width of its images.</param>
    public PixelsSession(ModelProto model, IEnumerable<string> values, int size)
    {
        this.size = size;
        outputs = [.. values];
        ModelProto copy = model.Clone();
        var graph = new OnnxGraph(copy.Graph);
        foreach (string value in outputs.Except(copy.Graph.Output.Select(output => output.Name))) graph.OutputOfAnyShape(value);
        session = DeviceSession.OpenOnCpu(copy.ToByteArray());
    }

    /// <summary>Runs images through the network.</summary>
    /// <param name="images">uint8 [H, W, 3] each.</param>
    /// <param name="batchSize">How many at once.</param>
    /// <param name="read">Is given the values of each batch, in the order asked for, and how many images came before.</param>
    /// <param name="cancellationToken">Stops it between two operators.</param>
    public void Run(
        IReadOnlyList<byte[]> images, int batchSize, Action<IReadOnlyList<OrtValue>, int> read, CancellationToken cancellationToken)
    {
        using RunOptions options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        using CancellationTokenRegistration registration = cancellationToken.Register(() => options.Terminate = true);
        for (int first = 0; first < images.Count; first += batchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            byte[][] batch = [.. images.Skip(first).Take(batchSize)];
            byte[] pixels = [.. batch.SelectMany(image => image)];
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, [batch.Length, size, size, 3]);
            try
            {
                using IDisposableReadOnlyCollection<OrtValue> results =
                    session.Run(options, [OnnxContract.PixelsInput], [input], outputs);
                read(results, first);
            }
            catch (OnnxRuntimeException stopped) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException("The network was stopped.", stopped, cancellationToken);
            }
        }
    }

    public void Dispose() => session.Dispose();
}
