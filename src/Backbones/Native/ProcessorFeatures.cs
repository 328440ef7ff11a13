using System.Runtime.Intrinsics.X86;

namespace ResNetMLNet.Backbones.Native;

/// <summary>What an x64 processor has instructions for.</summary>
/// <param name="Leaf7">
/// The registers EAX, EBX, ECX and EDX that CPUID gives for leaf 7, by its subleaf (Intel 64 and IA-32 Software Developer's Manual, volume
/// 2A, CPUID); null on any other processor.
/// </param>
/// <param name="Avx512">Whether the operating system keeps the AVX-512 registers, without which oneDNN takes none of these instructions.</param>
/// <param name="MostInstructions">
/// The most that oneDNN may take, by its variable ONEDNN_MAX_CPU_ISA (oneDNN's developer guide, "CPU Dispatcher Control"); null for all.
/// </param>
internal sealed record ProcessorFeatures(Func<int, (int Eax, int Ebx, int Ecx, int Edx)>? Leaf7, bool Avx512, string? MostInstructions = null)
{
    private const int Avx512BFloat16 = 1 << 5; // of EAX, subleaf 1
    private const int AmxBFloat16 = 1 << 22; // of EDX, subleaf 0

    /// <summary>This machine's processor.</summary>
    public static ProcessorFeatures Here { get; } = new(
        X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 ? subleaf => X86Base.CpuId(7, subleaf) : null, Avx512F.IsSupported,
        Environment.GetEnvironmentVariable("ONEDNN_MAX_CPU_ISA"));

    /// <summary>Whether it multiplies bfloat16 numbers by AVX512-BF16 or AMX-BF16, and may.</summary>
    public bool ComputesBFloat16 => MayTakeBFloat16 && Avx512 && Leaf7 is not null
        && ((Leaf7(0).Edx & AmxBFloat16) != 0 || (Leaf7(0).Eax >= 1 && (Leaf7(1).Eax & Avx512BFloat16) != 0));

    private bool MayTakeBFloat16 => MostInstructions is null or "" || new[] { "BF16", "FP16", "AMX", "DEFAULT", "ALL" }.Any(
        name => MostInstructions.Contains(name, StringComparison.OrdinalIgnoreCase));
}
