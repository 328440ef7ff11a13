using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>What the processor has for 8-bit integers.</summary>
public static class Processor
{
    /// <summary>
    /// Whether it multiplies and adds 8-bit integers in 32 bits (VNNI on x64). Others add two products in 16 bits, where they may overflow,
    /// or take longer.
    /// </summary>
    public static bool HasIntegerDotProducts { get; } = RuntimeInformation.ProcessArchitecture == Architecture.Arm64
        ? System.Runtime.Intrinsics.Arm.Dp.IsSupported
        : X86Base.IsSupported && HasVnni();

    /// <summary>Its name, and what of its instructions decides on speed.</summary>
    public static string Description { get; } = $"{Name()} ({Instructions()})";

    private static bool HasVnni()
    {
        const int features = 7, avx512Vnni = 1 << 11, avxVnni = 1 << 4;
        return X86Base.CpuId(0, 0).Eax >= features
            && ((Avx512F.IsSupported && (X86Base.CpuId(features, 0).Ecx & avx512Vnni) != 0)
                || (Avx2.IsSupported && (X86Base.CpuId(features, 1).Eax & avxVnni) != 0));
    }

    private static string Instructions() => RuntimeInformation.ProcessArchitecture == Architecture.Arm64
        ? HasIntegerDotProducts ? "arm64 with dot products" : "arm64"
        : (HasIntegerDotProducts, Avx512F.IsSupported, Avx2.IsSupported) switch
        {
            (true, true, _) => "AVX-512 with VNNI",
            (true, _, _) => "AVX2 with VNNI",
            (_, true, _) => "AVX-512 without VNNI",
            (_, _, true) => "AVX2 without VNNI",
            _ => "without AVX2",
        };

    private static string Name()
    {
        try
        {
            string? model = OperatingSystem.IsLinux()
                ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
            return model?.Split(':', 2)[^1].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "processor";
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return "processor";
        }
    }
}
