using System.CommandLine;
using System.Globalization;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>The options of verbs that run a backbone: where, with how much memory, and whether with the cache.</summary>
internal sealed class FeaturizingOptions
{
    // GPU tools count memory so: nvidia-smi's MiB.
    private const long Megabyte = 1 << 20;

    private readonly Option<ComputeDevice> device = new("--device")
    {
        Description = "Where the network runs: auto (CUDA if it is available, otherwise the CPU), cpu, cuda or cuda:N.",
        HelpName = "auto|cpu|cuda[:N]",
        DefaultValueFactory = _ => ComputeDevice.Auto,
        CustomParser = result =>
        {
            try
            {
                return ComputeDevice.Parse(result.Tokens[0].Value);
            }
            catch (FormatException e)
            {
                result.AddError(e.Message);
                return null;
            }
        },
    };

    private readonly Option<long?> gpuMemory = new("--gpu-memory")
    {
        Description = "The most memory that the network may use on a CUDA device, in megabytes as nvidia-smi counts them; by default, no limit.",
        HelpName = "MB",
        CustomParser = result =>
        {
            if (long.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out long megabytes)
                && megabytes is > 0 and <= long.MaxValue / Megabyte) return megabytes;
            result.AddError($"--gpu-memory is '{result.Tokens[0].Value}'; it takes a whole number of megabytes, 1 or more, such as 4000.");
            return null;
        },
    };

    private readonly Option<int?> threads = new Option<int?>("--threads")
    {
        Description = "Threads of the network, on the CPU; by default one on each physical core. For many small processes on one host, 1, with --decode-threads 1.",
        HelpName = "N",
    }.Within(1, 1024);

    private readonly Option<int?> decodeThreads = new Option<int?>("--decode-threads")
    {
        Description = "Images that are decoded at the same time; by default one on each core.",
        HelpName = "N",
    }.Within(1, 1024);

    private readonly Option<bool> noCache = new("--no-cache")
    {
        Description = "Compute the features of every image, and keep none. Otherwise features of images seen before with the same backbone come from a cache in the user's cache folder.",
    };

    public void AddTo(Command command)
    {
        command.Add(device);
        command.Add(gpuMemory);
        command.Add(threads);
        command.Add(decodeThreads);
        command.Add(noCache);
    }

    /// <summary>
    /// What the options make of featurizing. Photos from a camera are decoded at a part of their size; a model keeps that, so those that it
    /// is used on are as well.
    /// </summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="before">The device where none is named; null is the default.</param>
    /// <exception cref="UserException">GPU memory is limited for a network that runs on the CPU.</exception>
    public FeaturizeImagesOptions Read(ParseResult arguments, ComputeDevice? before = null)
    {
        ComputeDevice wanted = before is null || arguments.IsGiven(device) ? arguments.GetValue(device)! : before;
        long? megabytes = arguments.GetValue(gpuMemory);
        if (megabytes is not null && wanted == ComputeDevice.Cpu)
            throw new UserException("--gpu-memory is for a CUDA device, and --device cpu uses none. Leave one of the two out.");
        return new FeaturizeImagesOptions
        {
            Device = wanted,
            ScaledDecoding = new TrainingOptions().Featurizing.ScaledDecoding,
            NetworkThreads = arguments.GetValue(threads),
            DecodeParallelism = arguments.GetValue(decodeThreads),
            Cuda = new CudaOptions { MemoryLimit = megabytes * Megabyte },
            Cache = arguments.GetValue(noCache) ? null : new FeatureCacheOptions(),
        };
    }
}
