namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>No GPU is needed: a machine with one is described, and one thing at a time is taken from it.</summary>
[TestClass]
public sealed class CudaProbeTests
{
    private static readonly CudaProbe complete = new()
    {
        Providers = () => ["CUDAExecutionProvider", "CPUExecutionProvider"],
        IsDeployed = _ => true,
        CanLoad = _ => true,
        Driver = () => new CudaDriver(DeviceCount: 2, CudaVersion: 13000),
    };

    [TestMethod]
    public void Nothing_is_missing_where_all_is_there()
    {
        Assert.IsNull(complete.WhatIsMissing(0));
        Assert.IsNull(complete.WhatIsMissing(1));
    }

    [TestMethod]
    public void A_build_without_CUDA_is_named() => Assert.AreEqual(
        "this ONNX Runtime was built without CUDA; the package Microsoft.ML.OnnxRuntime.Gpu has it",
        (complete with { Providers = () => ["CPUExecutionProvider"] }).WhatIsMissing(0));

    [TestMethod]
    public void A_missing_driver_is_named() => Assert.AreEqual(
        $"no NVIDIA driver: {CudaDriver.LibraryName} was not found",
        (complete with { CanLoad = name => name != CudaDriver.LibraryName, Driver = () => throw new InvalidOperationException() })
            .WhatIsMissing(0));

    [TestMethod]
    public void A_driver_without_a_device_is_named() => Assert.AreEqual(
        "the NVIDIA driver finds no device", (complete with { Driver = () => default }).WhatIsMissing(0));

    [TestMethod]
    public void A_device_that_is_not_there_is_named() => Assert.AreEqual(
        "there is no CUDA device 2; the driver counts 2, from 0", complete.WhatIsMissing(2));

    [TestMethod]
    public void An_old_driver_is_named() => Assert.AreEqual(
        "the NVIDIA driver serves CUDA 12.8, and ONNX Runtime needs 13",
        (complete with { Driver = () => new CudaDriver(1, 12080) }).WhatIsMissing(0));

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [DataRow("libcudart.so.13", "CUDA 13 runtime is missing: libcudart.so.13 was not found")]
    [DataRow("libcublasLt.so.13", "cuBLAS 13 is missing: libcublasLt.so.13 was not found")]
    [DataRow("libcudnn.so.9", "cuDNN 9 is missing: libcudnn.so.9 was not found")]
    public void A_missing_library_is_named(string library, string expected) =>
        Assert.AreEqual(expected, (complete with { CanLoad = name => name != library }).WhatIsMissing(0));

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void A_missing_provider_is_named() => Assert.AreEqual(
        "libonnxruntime_providers_cuda.so is not beside ONNX Runtime",
        (complete with { IsDeployed = name => name != "libonnxruntime_providers_cuda.so" }).WhatIsMissing(0));

    [TestMethod]
    public void Auto_takes_the_CPU_and_says_why()
    {
        using BackboneFile backbone = Open(ComputeDevice.Auto, complete with { CanLoad = name => name != CudaDriver.LibraryName });

        Assert.IsFalse(backbone.OnCuda);
        Assert.AreEqual($"CPU (no NVIDIA driver: {CudaDriver.LibraryName} was not found)", backbone.Device);
    }

    [TestMethod]
    public void A_device_that_was_asked_for_must_be_there()
    {
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(
            () => Open(ComputeDevice.Cuda(5), complete));

        Assert.AreEqual(
            "The device 'cuda:5' cannot be used: there is no CUDA device 5; the driver counts 2, from 0. Use 'auto' or 'cpu' to run on "
                + "the CPU.",
            error.Message);
    }

    /// <summary>
    /// All seems to be there, and ONNX Runtime cannot load its provider: the one place where it is really asked for CUDA without a GPU.
    /// </summary>
    [TestMethod]
    public void A_provider_that_does_not_load_leaves_the_CPU()
    {
        if (CudaProbe.ThisMachine.WhatIsMissing(0) is null) Assert.Inconclusive("This machine has a GPU: the provider loads.");
        using BackboneFile backbone = Open(ComputeDevice.Auto, complete);

        Assert.IsFalse(backbone.OnCuda);
        Assert.StartsWith("CPU (ONNX Runtime could not use CUDA device 0: ", backbone.Device);
    }

    [TestMethod]
    public void The_machine_is_asked_in_words() // whatever it has, nothing is thrown and nothing is loaded that writes to the screen
    {
        using BackboneFile backbone = Open(ComputeDevice.Auto, CudaProbe.ThisMachine);
        Assert.AreEqual(backbone.OnCuda, CudaProbe.ThisMachine.WhatIsMissing(0) is null);
        Assert.StartsWith(backbone.OnCuda ? "CUDA device 0" : "CPU (", backbone.Device);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void The_provider_is_found_beside_ONNX_Runtime()
    {
        bool built = CudaProbe.ThisMachine.Providers().Contains("CUDAExecutionProvider");

        Assert.AreEqual(built, CudaProbe.ThisMachine.IsDeployed("libonnxruntime_providers_cuda.so"));
        Assert.IsFalse(CudaProbe.ThisMachine.IsDeployed("libonnxruntime_providers_none.so"));
    }

    private static BackboneFile Open(ComputeDevice device, CudaProbe probe) =>
        BackboneFile.Open(new TinyBackbone().ToBytes(), "tiny.onnx", new FeaturizeImagesOptions { Device = device }, probe);
}
