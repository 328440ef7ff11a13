using System.Globalization;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>How ONNX Runtime uses a CUDA device. The CPU takes nothing of it.</summary>
public sealed record CudaOptions
{
    private const string DeviceKey = "device_id", MemoryKey = "gpu_mem_limit";

    /// <summary>
    /// Bytes of GPU memory that ONNX Runtime's arena takes at most (<c>gpu_mem_limit</c>); null sets no limit. CUDA and cuDNN take some
    /// hundred megabytes beside it. A network that needs more fails, so choose <see cref="FeaturizeImagesOptions.BatchSize"/> to fit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    public long? MemoryLimit
    {
        get;
        init => field = value is null or > 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MemoryLimit), value,
                "A limit of GPU memory is a positive number of bytes; null sets none.");
    }

    /// <summary>
    /// Further options of ONNX Runtime's CUDA provider by their names there, such as <c>cudnn_conv_algo_search</c>; copied. ONNX Runtime
    /// says what it does not know when a model is opened on a CUDA device. They are listed at
    /// https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html.
    /// </summary>
    /// <exception cref="ArgumentException">A name is empty, or it is one of those that have a property of their own.</exception>
    public IReadOnlyDictionary<string, string> ProviderOptions
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (string name in value.Keys)
            {
                if (PropertyFor(name) is { } property)
                    throw new ArgumentException($"The CUDA option '{name}' is set by {property}. Take it out of ProviderOptions.",
                        nameof(ProviderOptions));
                if (string.IsNullOrWhiteSpace(name))
                    throw new ArgumentException("A CUDA option has a name, such as 'cudnn_conv_algo_search'.", nameof(ProviderOptions));
            }

            field = new Dictionary<string, string>(value);
        }
    } = new Dictionary<string, string>();

    /// <summary>What ONNX Runtime is told.</summary>
    internal Dictionary<string, string> ForDevice(int index)
    {
        Dictionary<string, string> options = new(ProviderOptions) { [DeviceKey] = index.ToString(CultureInfo.InvariantCulture) };
        if (MemoryLimit is { } bytes) options[MemoryKey] = bytes.ToString(CultureInfo.InvariantCulture);
        return options;
    }

    private static string? PropertyFor(string name) => name switch
    {
        DeviceKey => "FeaturizeImagesOptions.Device",
        MemoryKey => "CudaOptions.MemoryLimit",
        _ => null,
    };
}
