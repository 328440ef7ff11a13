using System.Globalization;
using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Quantizes one network: images, equal forms, calibration, control, report.</summary>
internal sealed class QuantizationJob(
    SourceNetwork source, CalibrationImages images, QuantizationOptions options, IProgress<QuantizationProgress>? progress,
    CancellationToken cancellationToken)
{
    private readonly List<string> warnings = [];

    /// <returns>The network's file, and what was measured.</returns>
    public (byte[] Network, QuantizationReport Report) Run()
    {
        var split = ImageSplit.Of(images, options);
        DecodedImages calibration = Decode(split.Calibration), check = split.IsShared ? calibration : Decode(split.Check);
        Warn(split, calibration);
        (ModelProto network, IReadOnlyList<string> rewrites) =
            NetworkRewriter.Apply(source.Model, options.Rewrites, progress, cancellationToken);
        var quantizer = NetworkQuantizer.Calibrate(network, calibration.Pixels, source.Preprocessing.ImageSize, options,
            done => progress?.Report(new QuantizationProgress("Calibrating", done, calibration.Count)), cancellationToken);
        ControlledNetwork result = new AccuracyControl(quantizer, source, Classifier(calibration), check, options, progress,
            cancellationToken).Run();
        _ = new OnnxModelEditor(result.Network.Model) { [OnnxContract.Keys.Quantization] = HowItWasMade(calibration.Count) };
        byte[] bytes = result.Network.ToBytes();
        (double before, double after) = NetworkSpeed.Compare(source.Model, result.Network.Model, source, check.Pixels, cancellationToken);
        return (bytes, new QuantizationReport
        {
            Cosine = result.Features.Cosine,
            SignalToNoise = result.Features.SignalToNoise,
            Top1Agreement = result.Classes?.Agreement,
            AccuracyBefore = result.Classes?.Before,
            AccuracyAfter = result.Classes?.After,
            PValue = result.Classes?.PValue,
            FloatLayers = result.FloatLayers,
            FloatOperators = result.Network.Floats,
            Rewrites = rewrites,
            BytesBefore = source.Bytes,
            Bytes = bytes.Length,
            CalibrationImages = calibration.Count,
            CheckImages = check.Count,
            Unreadable = split.IsShared ? calibration.Unreadable : [.. calibration.Unreadable, .. check.Unreadable],
            ImagesPerSecondBefore = before,
            ImagesPerSecond = after,
            Processor = Processor.Description,
            Warnings = warnings,
        });
    }

    private DecodedImages Decode(IReadOnlyList<CalibrationImage> listed)
    {
        var preprocessor = new ImagePreprocessor(source.Preprocessing, source.Featurizing.PixelLimit, source.Featurizing.ScaledDecoding);
        var decoded = DecodedImages.Of(listed, preprocessor, cancellationToken);
        return decoded.Count > 0
            ? decoded
            : throw new InvalidDataException(
                $"None of the {listed.Count} images to quantize on can be read: "
                + $"'{decoded.Unreadable[0].Path}' {decoded.Unreadable[0].Reason}.");
    }

    private void Warn(ImageSplit split, DecodedImages calibration)
    {
        if (calibration.Count < QuantizationOptions.FewImages)
        {
            warnings.Add($"The network was calibrated on {calibration.Count} images: values larger than those they have are cut off, and "
                + $"the figures mean little. Give {QuantizationOptions.FewImages} at least; some hundred are good.");
        }

        if (split.IsShared)
            warnings.Add("The figures were measured on the images that the network was calibrated on, since there were no others.");
        if (calibration.Pixels.All(image => image.AsSpan().IndexOfAnyExcept(image[0]) < 0))
        {
            warnings.Add("The images to calibrate on have one color each, so that the network's values are not those of photos. Give "
                + "others.");
        }

        if (!Processor.HasIntegerDotProducts)
        {
            warnings.Add($"This processor, {Processor.Description}, has no dot products of 8-bit integers, so the speed here says little "
                + "of one that has.");
        }
    }

    /// <summary>The network's own classifier, or one that is fitted on the images to calibrate on, where their classes are known.</summary>
    private ComparedClassifier? Classifier(DecodedImages calibration) => source.Classifier
        ?? (calibration.Labels.All(label => label is null) ? null
            : ComparedClassifier.Fitted(NetworkOutputs.Of(source.Model, source, calibration.Pixels, cancellationToken), calibration.Labels));

    private string HowItWasMade(int count) => string.Create(CultureInfo.InvariantCulture,
        $"activations uint8, weights int8 per channel{(options.Portable ? " in 7 bits" : "")}; {options.Method} on {count} images; " +
        $"{Processor.Description}");
}
