using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Weights;
using ResNetMLNet.MLNetPipelines;
using SkiaSharp;
using TorchSharp;

namespace ResNetMLNet.Trainer;

/// <summary>Looks at whether a machine has what training and classifying need, and says what to do where it has not.</summary>
public static class MachineCheck
{
    private const double Gigabyte = 1e9;

    /// <summary>Looks at versions, native libraries, processor, GPU, caches and folders. Nothing is downloaded or kept.</summary>
    /// <param name="weights">Where downloaded weights are; null is the usual place.</param>
    /// <param name="features">Where features are kept; null is the usual place.</param>
    public static IReadOnlyList<MachineFact> Run(WeightsHubOptions? weights = null, FeatureCacheOptions? features = null) =>
    [
        .. Versions.All.Select(version => new MachineFact(version.Key, version.Value)),
        new("system", RuntimeInformation.OSDescription),
        new("processor", $"{Processor.Description}, {Environment.ProcessorCount} cores"),
        new("memory", string.Create(CultureInfo.InvariantCulture,
            $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / Gigabyte:F1} GB for this process")),
        Native("ONNX Runtime's library", () => string.Join(", ", OrtEnv.Instance().GetAvailableProviders()),
            "Reference Microsoft.ML.OnnxRuntime, or Microsoft.ML.OnnxRuntime.Gpu for CUDA."),
        Native("TorchSharp's library", Torch, "Reference TorchSharp-cpu, or a TorchSharp-cuda package for CUDA."),
        Native("SkiaSharp's library", () => SKImageInfo.PlatformColorType.ToString(),
            "Reference SkiaSharp.NativeAssets.Linux.NoDependencies, or the one of your system."),
        Native("networks run on", () => CudaSupport.WhatIsMissing() is string missing ? $"CPU ({missing})" : "CUDA device 0, or the CPU",
            "See above."),
        Native("training runs on", () => torch.cuda.is_available() ? "CUDA device 0, or the CPU" : "CPU (TorchSharp finds no CUDA)", "See above."),
        Native("training computes in", () => TrainingPrecision.Auto.On(torch.cuda.is_available() ? torch.CUDA : torch.CPU)
            .ToString().ToLowerInvariant(), "See above."),
        Folder("downloaded weights", (weights ?? new WeightsHubOptions()).CacheFolder),
        Folder("kept features", (features ?? new FeatureCacheOptions()).Folder),
        Folder("temporary files", Path.GetTempPath(), measured: false),
    ];

    private static string Torch()
    {
        using torch.Tensor two = torch.ones(2).sum();
        return $"{torch.get_num_threads()} threads, 1 + 1 is {two.item<float>():F0}";
    }

    private static MachineFact Native(string name, Func<string> look, string remedy)
    {
        try
        {
            return new MachineFact(name, look());
        }
        catch (Exception failure) when (failure is DllNotFoundException or TypeInitializationException or NotSupportedException
            or EntryPointNotFoundException or BadImageFormatException or ExternalException)
        {
            Exception cause = failure.GetBaseException();
            return new MachineFact(name, "does not load", $"{cause.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ')}. {remedy}");
        }
    }

    /// <param name="name">What the folder is for.</param>
    /// <param name="path">The folder, which need not be there yet.</param>
    /// <param name="measured">Whether all in it is of this project.</param>
    internal static MachineFact Folder(string name, string path, bool measured = true)
    {
        string nearest = path;
        while (!Directory.Exists(nearest) && Path.GetDirectoryName(nearest) is string parent) nearest = parent;
        try
        {
            // A file that is gone when it is closed: what the system says of rights is not all that may forbid writing.
            using (new FileStream(Path.Combine(nearest, $".{Guid.NewGuid():N}"), new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Options = FileOptions.DeleteOnClose,
            })) { }
            double free = new DriveInfo(nearest).AvailableFreeSpace / Gigabyte;
            string size = measured && nearest == path ? string.Create(CultureInfo.InvariantCulture, $"{Size(path) / Gigabyte:F2} GB, ") : "";
            return new MachineFact(name, string.Create(CultureInfo.InvariantCulture, $"{path} ({size}{free:F1} GB free)"),
                free < 1 ? $"Less than 1 GB is free where '{nearest}' is. Make room, or name another folder." : null);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return new MachineFact(name, path,
                $"'{nearest}' cannot be written to ({refused.Message.TrimEnd('.')}). Change its rights, or name another folder"
                + (measured ? $" by the environment variable {FeatureCacheOptions.EnvironmentVariable}." : " by the environment variable TMPDIR (on Windows TEMP)."));
        }
    }

    private static long Size(string folder) => new DirectoryInfo(folder)
        .EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint })
        .Sum(file => file.Length);
}
