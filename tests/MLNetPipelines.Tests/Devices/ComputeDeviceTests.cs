namespace ResNetMLNet.MLNetPipelines.Tests;

[TestClass]
public sealed class ComputeDeviceTests
{
    [TestMethod]
    [DataRow("auto", "auto")]
    [DataRow("cpu", "cpu")]
    [DataRow("cuda", "cuda:0")]
    [DataRow("cuda:3", "cuda:3")]
    public void Its_text_is_read_and_written(string text, string written) => Assert.AreEqual(written, ComputeDevice.Parse(text).ToString());

    [TestMethod]
    public void Equal_devices_are_equal()
    {
        Assert.AreEqual(ComputeDevice.Cuda(), ComputeDevice.Parse("cuda"));
        Assert.AreEqual(ComputeDevice.Auto, ComputeDevice.Parse("auto"));
        Assert.AreNotEqual(ComputeDevice.Auto, ComputeDevice.Cuda());
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("gpu")]
    [DataRow("CPU")]
    [DataRow("cuda:")]
    [DataRow("cuda:-1")]
    [DataRow("cuda:1 ")]
    [DataRow("cuda:99999999999")]
    public void Anything_else_is_refused(string text) => Assert.AreEqual(
        $"'{text}' is not a device. Use 'auto', 'cpu', 'cuda' or 'cuda:N' with a device's number, such as 'cuda:1'.",
        Assert.ThrowsExactly<FormatException>(() => ComputeDevice.Parse(text)).Message);

    [TestMethod]
    public void A_negative_device_is_refused() => Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ComputeDevice.Cuda(-1));
}
