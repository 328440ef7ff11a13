namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>
/// What ONNX Runtime is told of a CUDA device. (Its names: onnxruntime.ai, "CUDA Execution Provider", configuration options.)
/// </summary>
[TestClass]
public sealed class CudaOptionsTests
{
    [TestMethod]
    public void By_default_only_the_device_is_said() =>
        CollectionAssert.AreEquivalent(new Dictionary<string, string> { ["device_id"] = "2" }, new CudaOptions().ForDevice(2));

    [TestMethod]
    public void A_memory_limit_and_other_options_are_passed_through()
    {
        CudaOptions options = new()
        {
            MemoryLimit = 4L << 30,
            ProviderOptions = new Dictionary<string, string> { ["cudnn_conv_algo_search"] = "HEURISTIC" },
        };

        CollectionAssert.AreEquivalent(
            new Dictionary<string, string>
            {
                ["device_id"] = "0",
                ["gpu_mem_limit"] = "4294967296",
                ["cudnn_conv_algo_search"] = "HEURISTIC"
            },
            options.ForDevice(0));
    }

    [TestMethod]
    public void Options_are_copied()
    {
        Dictionary<string, string> given = new() { ["use_tf32"] = "0" };
        CudaOptions options = new() { ProviderOptions = given };
        given["use_tf32"] = "1";
        Assert.AreEqual("0", options.ForDevice(0)["use_tf32"]);
    }

    [TestMethod]
    [DataRow(0L)]
    [DataRow(-1L)]
    public void A_limit_that_is_none_is_refused(long bytes) => Assert.AreEqual(
        $"A limit of GPU memory is a positive number of bytes; null sets none. (Parameter 'MemoryLimit')\nActual value was {bytes}.",
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new CudaOptions { MemoryLimit = bytes }).Message.ReplaceLineEndings("\n"));

    [TestMethod]
    [DataRow("device_id",
        "The CUDA option 'device_id' is set by FeaturizeImagesOptions.Device. Take it out of ProviderOptions. (Parameter "
        + "'ProviderOptions')")]
    [DataRow("gpu_mem_limit",
        "The CUDA option 'gpu_mem_limit' is set by CudaOptions.MemoryLimit. Take it out of ProviderOptions. (Parameter 'ProviderOptions')")]
    [DataRow(" ", "A CUDA option has a name, such as 'cudnn_conv_algo_search'. (Parameter 'ProviderOptions')")]
    public void An_option_that_has_a_property_or_no_name_is_refused(string name, string message) => Assert.AreEqual(message,
        Assert.ThrowsExactly<ArgumentException>(() => new CudaOptions
        {
            ProviderOptions = new Dictionary<string,
            string>
            { [name] = "1" }
        }).Message);

    /// <summary>The CPU takes nothing of them: a program's options serve on machines with a GPU and without.</summary>
    [TestMethod]
    public void On_the_CPU_they_change_nothing()
    {
        CudaOptions cuda = new() { MemoryLimit = 1, ProviderOptions = new Dictionary<string, string> { ["no_such_option"] = "1" } };
        using BackboneFile backbone = BackboneFile.Open(new TinyBackbone().ToBytes(), "tiny.onnx",
            new FeaturizeImagesOptions { Device = ComputeDevice.Cpu, Cuda = cuda }, CudaProbe.ThisMachine);
        Assert.AreEqual("CPU", backbone.Device);
    }
}
