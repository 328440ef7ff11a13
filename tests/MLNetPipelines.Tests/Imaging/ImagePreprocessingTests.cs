namespace ResNetMLNet.MLNetPipelines.Tests.Imaging;

[TestClass]
public sealed class ImagePreprocessingTests
{
    [TestMethod]
    public void The_default_is_224_pixels_of_256_bilinear() =>
        Assert.AreEqual("224 0.875 bilinear", new ImagePreprocessing().ToText());

    [TestMethod]
    [DataRow(224, 0.875, Interpolation.Bilinear)]
    [DataRow(288, 0.95, Interpolation.Bicubic)]
    [DataRow(1, 1.0, Interpolation.Bilinear)]
    [DataRow(4096, 1e-7, Interpolation.Bicubic)]
    [DataRow(224, 0.1 + 0.2, Interpolation.Bicubic)]
    public void The_text_form_reads_back_as_it_was(int imageSize, double cropFraction, Interpolation interpolation)
    {
        ImagePreprocessing preprocessing = new() { ImageSize = imageSize, CropFraction = cropFraction, Interpolation = interpolation };
        foreach (ImageResizing resizing in Enum.GetValues<ImageResizing>())
        {
            preprocessing = preprocessing with { Resizing = resizing };
            Assert.AreEqual(preprocessing, ImagePreprocessing.Parse(preprocessing.ToText()));
        }
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("224 0.875")]
    [DataRow("224 0.875 nearest")]
    [DataRow("224 0.875 Bilinear")]
    [DataRow("224 0.875 bilinear/stretch")]
    [DataRow("224 0.875 /squash")]
    [DataRow("224  0.875 bilinear")]
    [DataRow("224 0.875 bilinear ")]
    [DataRow("224 0,875 bilinear")]
    [DataRow("-224 0.875 bilinear")]
    [DataRow("0 0.875 bilinear")]
    [DataRow("4097 0.875 bilinear")]
    [DataRow("99999999999 0.875 bilinear")]
    [DataRow("224 0 bilinear")]
    [DataRow("224 1.01 bilinear")]
    [DataRow("224 NaN bilinear")]
    public void Nonsense_is_refused(string text) => Assert.AreEqual(
        $"'{text}' is not an image preprocessing. It is an image size from 1 to 4096, a crop fraction in (0, 1] and "
        + "'bilinear' or 'bicubic', with one space between them, such as '224 0.875 bilinear', and '/squash' or '/letterbox' where the image is not "
        + "cropped.",
        Assert.ThrowsExactly<FormatException>(() => ImagePreprocessing.Parse(text)).Message);

    [TestMethod]
    [DataRow(0)]
    [DataRow(-1)]
    [DataRow(4097)]
    public void An_image_size_outside_1_to_4096_is_refused(int imageSize)
    {
        ArgumentOutOfRangeException exception =
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ImagePreprocessing { ImageSize = imageSize });
        Assert.AreEqual(
            $"An image size is 1 to 4096 pixels. The usual ones are 224, 256 and 288. (Parameter 'ImageSize'){Environment.NewLine}"
            + $"Actual value was {imageSize}.",
            exception.Message);
    }

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(-0.5)]
    [DataRow(1.001)]
    [DataRow(double.NaN)]
    public void A_crop_fraction_outside_0_to_1_is_refused(double cropFraction)
    {
        ArgumentOutOfRangeException exception =
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ImagePreprocessing { CropFraction = cropFraction });
        Assert.AreEqual(
            "A crop fraction is more than 0 and at most 1. The usual ones are 0.875 and 0.95; 1 keeps the whole shorter side. "
            + $"(Parameter 'CropFraction'){Environment.NewLine}Actual value was {cropFraction}.",
            exception.Message);
    }

    [TestMethod]
    public void An_unknown_interpolation_is_refused() =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ImagePreprocessing { Interpolation = (Interpolation)2 });
}
