namespace ResNetMLNet.MLNetPipelines.Tests;

[TestClass]
public sealed class BackboneFileTests
{
    [TestMethod]
    public void A_missing_file_is_named()
    {
        FileNotFoundException error = Assert.ThrowsExactly<FileNotFoundException>(() => ImageFeaturizer.Open("nowhere/b.onnx"));

        Assert.AreEqual("The backbone 'nowhere/b.onnx' does not exist. `resnet-mlnet export NAME --output FILE` writes one.",
            error.Message);
    }

    [TestMethod]
    public void What_is_no_ONNX_file_is_refused()
    {
        byte[] whole = new TinyBackbone().ToBytes();
        foreach (byte[] bytes in new[] { [], "no model, but some text"u8.ToArray(), whole[..(whole.Length / 2)], whole[1..] })
        {
            string message = Error(bytes);
            Assert.Contains(message,
            [
                "'b.onnx' cannot be opened as an ONNX model: it is truncated, damaged or something else.",
                "'b.onnx' is empty: copying or downloading it was not finished.",
                "'b.onnx' is not a backbone to run: it has no graph. `resnet-mlnet export NAME --output FILE` writes one.",
            ]);
        }
    }

    [TestMethod]
    public void A_model_of_someone_else_is_refused() => Assert.AreEqual(
        "'b.onnx' is an ONNX model without 'resnetmlnet.version' metadata: ResNetMLNet did not export it. "
        + "`resnet-mlnet export NAME --output FILE` writes one.",
        Error(Without(OnnxContract.Keys.Version)));

    [TestMethod]
    public void A_newer_version_is_refused() => Assert.AreEqual(
        "'b.onnx' has version 3 of the backbone format, and this ResNetMLNet reads versions up to 2. "
        + "Update the package ResNetMLNet.MLNetPipelines, or export the backbone with this version.",
        Error(With(OnnxContract.Keys.Version, "3")));

    [TestMethod]
    public void A_version_that_is_no_number_is_refused() => Assert.AreEqual(
        "'b.onnx' says 'resnetmlnet.version' = 'one', which is not a version number. Export it again.",
        Error(With(OnnxContract.Keys.Version, "one")));

    [TestMethod]
    public void A_model_that_takes_tensors_is_refused() => Assert.AreEqual(
        "'b.onnx' takes normalized tensors, not pixels. Export it with `--input pixels`.",
        Error(new TinyBackbone { InputName = OnnxContract.TensorInput }));

    [TestMethod]
    public void Another_input_is_refused() => Assert.AreEqual(
        "'b.onnx' has no input 'pixels'; it has 'data'. Export it again.", Error(new TinyBackbone { InputName = "data" }));

    [TestMethod]
    public void A_model_without_features_is_refused() => Assert.AreEqual(
        "'b.onnx' has no output 'features'; it has 'logits'. Export it with `--outputs features`.",
        Error(new TinyBackbone { OutputName = OnnxContract.Logits }));

    [TestMethod]
    [DataRow(OnnxContract.Keys.Architecture)]
    [DataRow(OnnxContract.Keys.ImageSize)]
    [DataRow(OnnxContract.Keys.CropFraction)]
    [DataRow(OnnxContract.Keys.Interpolation)]
    public void Missing_metadata_are_named(string key) =>
        Assert.AreEqual($"'b.onnx' has no '{key}' metadata. Export it again.", Error(Without(key)));

    [TestMethod]
    public void Metadata_that_make_no_sense_are_shown() => Assert.AreEqual(
        "'b.onnx' has unusable metadata. '32 1.5 bilinear' is not an image preprocessing. It is an image size from 1 to 4096, "
        + "a crop fraction in (0, 1] and 'bilinear' or 'bicubic', with one space between them, such as '224 0.875 bilinear', "
        + "and '/squash' or '/letterbox' where the image is not cropped.",
        Error(With(OnnxContract.Keys.CropFraction, "1.5")));

    [TestMethod]
    public void A_size_unlike_the_networks_is_refused() => Assert.AreEqual(
        "'b.onnx' takes Byte [N, 32, 32, 3], not uint8 [N, 64, 64, 3]. Export it again.", Error(With(OnnxContract.Keys.ImageSize, "64")));

    [TestMethod]
    public void A_model_without_stages_is_refused() => Assert.AreEqual(
        "'b.onnx' has no output 'layer2'; it has 'features'. Export it with `--stages`.",
        Assert.ThrowsExactly<InvalidDataException>(
            () => BackboneFile.Open(new TinyBackbone().ToBytes(), "b.onnx",
                new FeaturizeImagesOptions { Device = ComputeDevice.Cpu, Output = BackboneOutput.Layer2 }, CudaProbe.ThisMachine)).Message);

    private static TinyBackbone With(string key, string value) => new() { Metadata = { [key] = value } };

    private static TinyBackbone Without(string key)
    {
        TinyBackbone backbone = new();
        backbone.Metadata.Remove(key);
        return backbone;
    }

    private static string Error(TinyBackbone backbone) => Error(backbone.ToBytes());

    private static string Error(byte[] model) => Assert.ThrowsExactly<InvalidDataException>(
        () => BackboneFile.Open(model, "b.onnx", new FeaturizeImagesOptions { Device = ComputeDevice.Cpu }, CudaProbe.ThisMachine)).Message;
}
