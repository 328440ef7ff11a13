namespace ResNetMLNet.MLNetPipelines.Tests;

[TestClass]
public sealed class DeviceSessionTests
{
    [TestMethod]
    [DataRow("int8", false, true)]
    [DataRow("int8", true, false)]
    [DataRow("float32", false, false)]
    public void Only_integers_on_a_processor_without_VNNI_need_wider_sums(string precision, bool hasIntegerDotProducts, bool needed)
    {
        TinyBackbone backbone = new() { Metadata = { [OnnxContract.Keys.Precision] = precision } };
        Assert.AreEqual(needed, DeviceSession.NeedsWiderSums(backbone.ToBytes(), hasIntegerDotProducts));
    }

    [TestMethod]
    public void Threads_and_entries_of_the_session_reach_ONNX_Runtime()
    {
        // It refuses to put 4 threads, of which the caller's is one, on 1 processor, and says so.
        FeaturizeImagesOptions options = new()
        {
            Device = ComputeDevice.Cpu,
            NetworkThreads = 4,
            SessionEntries = new Dictionary<string, string> { ["session.intra_op_thread_affinities"] = "1" },
        };
        string message = Assert.ThrowsExactly<InvalidDataException>(
            () => ImageFeaturizer.Open(new MemoryStream(new TinyBackbone().ToBytes()), options)).Message;
        Assert.Contains("thread_pool_size: 4", message);
    }

    [TestMethod]
    public void Threads_and_entries_that_cannot_be_are_refused()
    {
        Assert.StartsWith("A network runs on 1 to 1024 threads; null is one on each physical core.",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new FeaturizeImagesOptions { NetworkThreads = 0 }).Message);
        Assert.StartsWith("A session's entry has a name, such as 'session.intra_op.allow_spinning'.",
            Assert.ThrowsExactly<ArgumentException>(() => new FeaturizeImagesOptions
            {
                SessionEntries = new Dictionary<string, string> { [" "] = "1" },
            }).Message);
    }

    [TestMethod]
    public void Threads_are_shared_before_the_first_network_or_not_at_all()
    {
        using (ImageFeaturizer.Open(new MemoryStream(new TinyBackbone().ToBytes()))) { }
        Assert.StartsWith("ONNX Runtime is in use already",
            Assert.ThrowsExactly<InvalidOperationException>(() => OnnxRuntimeThreads.Share(2)).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => OnnxRuntimeThreads.Share(0));
        Assert.IsFalse(OnnxRuntimeThreads.AreShared);
    }
}
