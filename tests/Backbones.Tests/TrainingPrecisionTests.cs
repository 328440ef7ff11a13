using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Native;
using static TorchSharp.torch;

namespace Backbones.Tests;

/// <summary>What a training computes in where nobody says.</summary>
[TestClass]
public sealed class TrainingPrecisionTests
{
    private const int Amx = 1 << 22, Avx512 = 1 << 5;

    /// <summary>The registers of CPUID's leaf 7, as Intel's manual has them.</summary>
    [TestMethod]
    [DataRow(true, 1, 0, Avx512, true, DisplayName = "AVX512-BF16: Cooper Lake, Zen 4")]
    [DataRow(true, 1, Amx, 0, true, DisplayName = "AMX-BF16")]
    [DataRow(true, 0, Amx, 0, true, DisplayName = "AMX-BF16 without a subleaf")]
    [DataRow(true, 1, 0, 0, false, DisplayName = "neither: Ice Lake")]
    [DataRow(true, 0, 0, Avx512, false, DisplayName = "a subleaf that is not there")]
    [DataRow(false, 1, Amx, Avx512, false, DisplayName = "a system that does not keep the registers")]
    public void A_processor_computes_bfloat16_by_its_instructions(bool kept, int subleaves, int edx, int subleafEax, bool computes)
    {
        var features = new ProcessorFeatures(subleaf => subleaf == 0 ? (subleaves, 0, 0, edx) : (subleafEax, 0, 0, 0), kept);
        Assert.AreEqual(computes, features.ComputesBFloat16);
    }

    /// <summary>AVX512-BF16 by the processor, and what oneDNN is held to.</summary>
    [TestMethod]
    [DataRow(null, true)]
    [DataRow("", true)]
    [DataRow("AVX2", false)]
    [DataRow("AVX512_CORE_VNNI", false)]
    [DataRow("AVX512_CORE_BF16", true)]
    [DataRow("avx512_core_amx", true)]
    [DataRow("DEFAULT", true)]
    public void What_oneDNN_may_not_take_is_not_counted_on(string? most, bool computes) =>
        Assert.AreEqual(computes, new ProcessorFeatures(subleaf => subleaf == 0 ? (1, 0, 0, 0) : (1 << 5, 0, 0, 0), true, most).ComputesBFloat16);

    [TestMethod]
    public void Another_kind_of_processor_has_no_such_registers() => Assert.IsFalse(new ProcessorFeatures(null, true).ComputesBFloat16);

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void This_processor_is_known_as_the_kernel_knows_it()
    {
        string[] flags = [.. File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal))?.Split(' ') ?? []];
        Assert.AreEqual(
            flags.Contains("avx512f") && (flags.Contains("avx512_bf16") || flags.Contains("amx_bf16")), ProcessorFeatures.Here.ComputesBFloat16);
    }

    [TestMethod]
    public void What_is_chosen_stays()
    {
        foreach (TrainingPrecision chosen in Enum.GetValues<TrainingPrecision>().Where(precision => precision != TrainingPrecision.Auto))
            Assert.AreEqual(chosen, chosen.On(CPU));
        Assert.AreEqual(ProcessorFeatures.Here.ComputesBFloat16 ? TrainingPrecision.BFloat16 : TrainingPrecision.Float32, TrainingPrecision.Auto.On(CPU));
    }
}
