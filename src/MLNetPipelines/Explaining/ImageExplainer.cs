using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Says where in an image a classifier sees a class: Grad-CAM (Selvaraju et al. 2016, arXiv:1610.02391, section 3) on the backbone's last stage.
/// </summary>
/// <remarks>
/// With A the stage's map [C, h, w], f its mean over the positions and the head's score s_c = w_c . f / |f| + b_c, the gradient is known in closed
/// form: ds_c/df = (w_c - (w_c . u) u) / |f| with u = f / |f|. So no network runs backwards, and ONNX Runtime is enough. Since the head divides by
/// the length, a brighter map has no higher score: the contributions of all positions add up to 0, and the map shows those above it.
/// </remarks>
public sealed class ImageExplainer : IDisposable
{
    private readonly ImageClassifier classifier;
    private readonly LinearHead head;
    private readonly InferenceSession session;
    private readonly string mapOutput;

    /// <summary>Opens the classifier's network once more, with its last map as an output, on the same device.</summary>
    /// <param name="classifier">A head that <see cref="ClassificationHead"/> trained, on a backbone's features; it is not disposed of.</param>
    /// <exception cref="InvalidDataException">The head has another form, or the features are no mean of a map.</exception>
    public ImageExplainer(ImageClassifier classifier)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ImageFeaturizer featurizer = classifier.Featurizer;
        if (featurizer.Options.Output != BackboneOutput.Features)
            throw new InvalidDataException($"'{featurizer.Name}' is classified by its logits. A class activation map needs a head on the features: train it on BackboneOutput.Features.");
        head = LinearHead.Of(classifier.Head, classifier.Classes.Count) ?? throw new InvalidDataException(
            "The classifier's head is not a linear one on features of unit length, which is what ClassificationHead trains; there is no class activation map of another.");
        this.classifier = classifier;
        (byte[] model, mapOutput) = FeatureMapOutput.Add(featurizer.Model, featurizer.Name);
        session = DeviceSession.Open(model, featurizer.Options.Device, featurizer.Options.Cuda, CudaProbe.ThisMachine).Session;
    }

    /// <summary>Classifies an image and shows where a class is seen in it.</summary>
    /// <param name="path">An image file.</param>
    /// <param name="label">The class; null takes the most probable one.</param>
    /// <param name="cancellationToken">Stops it before the network runs.</param>
    /// <exception cref="ArgumentException">The classifier has no such class.</exception>
    /// <exception cref="UnreadableImageException">The image is missing, damaged, in no known format or too large.</exception>
    public ClassActivationMap Explain(string path, string? label = null, CancellationToken cancellationToken = default)
    {
        ImageFeaturizer featurizer = classifier.Featurizer;
        using DecodedImage image = featurizer.Preprocessor.Open(path);
        byte[] pixels = new byte[featurizer.Preprocessor.PixelCount];
        featurizer.Preprocessor.Convert(image, pixels);
        cancellationToken.ThrowIfCancellationRequested();

        using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, [1, featurizer.Preprocessing.ImageSize, featurizer.Preprocessing.ImageSize, 3]);
        using RunOptions options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, [OnnxContract.PixelsInput], [input], [mapOutput, OnnxContract.Features]);
        float[] features = outputs[1].GetTensorDataAsSpan<float>().ToArray();
        IReadOnlyList<ClassProbability> ranking = classifier.Predict([new ImageFeatures(path, features, null)]).Single().Ranking;
        label ??= ranking[0].Label;
        if (classifier.Classes.Index().FirstOrDefault(c => c.Item == label) is not (int index, string))
            throw new ArgumentException($"There is no class '{label}'. The classes are '{string.Join("', '", classifier.Classes)}'.", nameof(label));

        long[] shape = outputs[0].GetTensorTypeAndShape().Shape;
        float[] contributions = Contributions(head.Weights[index], features, outputs[0].GetTensorDataAsSpan<float>(), (int)(shape[2] * shape[3]));
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
    public void Dispose() => session.Dispose();

    /// <summary>
    /// What each position adds to a class's score, before the negative ones are dropped: the sum over the channels of alpha_k A_k, where
    /// alpha_k is the mean over the positions of ds/dA_k (equations 1 and 2). It is also the score's derivative by a factor on that position.
    /// </summary>
    /// <param name="weights">The class's, [C].</param>
    /// <param name="features">[C].</param>
    /// <param name="map">[C, positions].</param>
    /// <param name="positions">h * w.</param>
    internal static float[] Contributions(float[] weights, float[] features, ReadOnlySpan<float> map, int positions)
    {
        float length = TensorPrimitives.Norm<float>(features);
        float[] contributions = new float[positions];
        if (length == 0) return contributions; // no feature speaks for any class
        float along = TensorPrimitives.Dot<float>(weights, features) / (length * length);
        for (int channel = 0; channel < features.Length; channel++)
        {
            float alpha = (weights[channel] - along * features[channel]) / (length * positions);
            TensorPrimitives.MultiplyAdd(map.Slice(channel * positions, positions), alpha, contributions, contributions);
        }
        return contributions;
    }
}
