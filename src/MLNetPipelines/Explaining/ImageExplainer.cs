using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Shows where in an image a classifier sees a class: Grad-CAM (Selvaraju et al. 2016, arXiv:1610.02391, section 3) on the map that the
/// features are the mean of.
/// </summary>
/// <remarks>
/// With A the map [C, h, w], f its mean over the positions and s_c the logit that a linear head computes from f, the gradient ds_c/df is
/// known in closed form, also through the normalizations before the head. So no network runs backwards, and ONNX Runtime is enough. Where
/// the features are scaled to unit length, a brighter map has no higher score: the contributions of all positions add up to 0, and the map
/// shows those above it.
/// </remarks>
public sealed class ImageExplainer : IDisposable
{
    private readonly ImageClassifier classifier;
    private readonly LinearHead head;
    private readonly InferenceSession session;
    private readonly string mapOutput;
    private readonly string featuresOutput;
    private bool disposed;

    /// <summary>Opens the classifier's network once more, with its map as an output, on the same device.</summary>
    /// <param name="classifier">A linear head on a backbone's features; it is not disposed of.</param>
    /// <exception cref="InvalidDataException">The head is not linear, or the features are not the mean of a map.</exception>
    public ImageExplainer(ImageClassifier classifier)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ImageFeaturizer featurizer = classifier.Featurizer;
        if (featurizer.Options.Output == BackboneOutput.Logits)
        {
            throw new InvalidDataException(
                $"'{featurizer.Name}' is classified by its logits. A class activation map needs a head on the features: train it on "
                    + $"BackboneOutput.Features.");
        }

        head = classifier.Linear;
        this.classifier = classifier;
        featuresOutput = BackboneFile.NameOf(featurizer.Options.Output);
        (byte[] model, mapOutput) = FeatureMapOutput.Add(featurizer.Model, featuresOutput, featurizer.Name);
        session = DeviceSession.Open(model, featurizer.Options, CudaProbe.ThisMachine).Session;
    }

    /// <summary>Classifies an image and shows where a class is seen in it.</summary>
    /// <param name="path">An image file.</param>
    /// <param name="label">The class; null takes the most probable one.</param>
    /// <param name="cancellationToken">Stops it before the network runs.</param>
    /// <exception cref="ArgumentException">The classifier has no such class.</exception>
    /// <exception cref="UnreadableImageException">The image is missing, damaged, in no known format or too large.</exception>
    /// <exception cref="ObjectDisposedException">The explainer was disposed of.</exception>
    public ClassActivationMap Explain(string path, string? label = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ImageFeaturizer featurizer = classifier.Featurizer;
        using DecodedImage image = featurizer.Preprocessor.Open(path);
        byte[] pixels = new byte[featurizer.Preprocessor.PixelCount];
        featurizer.Preprocessor.Convert(image, pixels);
        cancellationToken.ThrowIfCancellationRequested();

        using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels,
            [1, featurizer.Preprocessing.ImageSize, featurizer.Preprocessing.ImageSize, 3]);
        using RunOptions options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        using IDisposableReadOnlyCollection<OrtValue> outputs =
            session.Run(options, [OnnxContract.PixelsInput], [input], [mapOutput, featuresOutput]);
        float[] features = outputs[1].GetTensorDataAsSpan<float>().ToArray();
        IReadOnlyList<ClassProbability> ranking = classifier.Predict([new ImageFeatures(path, featurizer.Finished(features), null)]).Single().Ranking;
        label ??= ranking[0].Label;
        if (classifier.Classes.Index().FirstOrDefault(c => c.Item == label) is not (int index, string))
            throw new ArgumentException($"There is no class '{label}'. The classes are '{string.Join("', '", classifier.Classes)}'.",
                nameof(label));

        long[] shape = outputs[0].GetTensorTypeAndShape().Shape;
        float[] contributions = Contributions(head.Gradient(index, features), outputs[0].GetTensorDataAsSpan<float>(),
            (int)(shape[2] * shape[3]));
        return new ClassActivationMap
        {
            Path = path,
            Label = label,
            Ranking = ranking,
            Rows = (int)shape[2],
            Columns = (int)shape[3],
            Values = [.. contributions.Select(value => Math.Max(value, 0))],
            ImageWidth = image.FullWidth,
            ImageHeight = image.FullHeight,
            Seen = featurizer.Preprocessor.Window(image.FullWidth, image.FullHeight).In(image.FullWidth, image.FullHeight),
        };
    }

    /// <summary>Releases the network.</summary>
    public void Dispose()
    {
        disposed = true;
        session.Dispose();
    }

    /// <summary>
    /// What each position adds to a class's score, before the negative ones are dropped: the sum over the channels of alpha_k A_k, where
    /// alpha_k is the mean over the positions of ds/dA_k (equations 1 and 2). It is also the score's derivative by a factor on that
    /// position.
    /// </summary>
    /// <param name="gradient">The score's derivatives by the features, [C].</param>
    /// <param name="map">[C, positions].</param>
    /// <param name="positions">h * w.</param>
    internal static float[] Contributions(float[] gradient, ReadOnlySpan<float> map, int positions)
    {
        float[] contributions = new float[positions];
        for (int channel = 0; channel < gradient.Length; channel++)
            TensorPrimitives.MultiplyAdd(map.Slice(channel * positions, positions), gradient[channel] / positions, contributions,
                contributions);
        return contributions;
    }
}
