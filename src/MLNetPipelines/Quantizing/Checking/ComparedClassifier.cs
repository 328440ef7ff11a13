using System.Numerics.Tensors;
using Microsoft.ML;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>What a network is compared by, before and after: the class that each image gets.</summary>
/// <param name="Classes">The classes that it knows.</param>
/// <param name="Of">Names the class of each image by what a network makes of it.</param>
internal sealed record ComparedClassifier(IReadOnlyList<string> Classes, Func<NetworkOutputs, IReadOnlyList<string>> Of)
{
    /// <summary>The network's own: the class of the largest score.</summary>
    /// <param name="labels">The classes' names; null calls them by their numbers.</param>
    public static ComparedClassifier OfScores(IReadOnlyList<string>? labels) => new(labels ?? [], images =>
        [.. images.Scores!.Select(scores => TensorPrimitives.IndexOfMax<float>(scores))
            .Select(i => labels?.ElementAtOrDefault(i) ?? $"{i}")]);

    /// <summary>A model's; of one that gives any number of labels, those together, which no image's class is compared with.</summary>
    public static ComparedClassifier OfModel(ImageClassifier classifier) => new(classifier.Thresholds is null ? classifier.Classes : [], images =>
        [.. classifier.Predict(images.Features.Select(features => new ImageFeatures("", classifier.Featurizer.Finished(features), null)))
            .Select(prediction => string.Join('\0', prediction.Labels))]);

    /// <summary>A linear classifier that is fitted here; null where there are no two classes.</summary>
    /// <param name="images">What the network makes of images to fit it on.</param>
    /// <param name="labels">Their classes.</param>
    public static ComparedClassifier? Fitted(NetworkOutputs images, IReadOnlyList<string?> labels)
    {
        LabeledFeatures[] labelled = [.. images.Features.Zip(labels).Where(image => image.Second is not null)
            .Select(image => new LabeledFeatures("", image.Second!, image.First))];
        if (labelled.DistinctBy(image => image.Label).Count() < 2) return null;
        var mlContext = new MLContext(seed: 1);
        ITransformer fitted = ClassificationHead.Fit(mlContext, labelled, ClassificationHeadOptions.Usual);
        ClassifierHead head = new(mlContext, "The classifier", [fitted], nameof(LabeledFeatures.Features), labelled[0].Features.Length);
        return new ComparedClassifier(head.Classes, measured =>
            [.. head.Probabilities(measured.Features).Select(p => head.Classes[TensorPrimitives.IndexOfMax<float>(p)])]);
    }
}
