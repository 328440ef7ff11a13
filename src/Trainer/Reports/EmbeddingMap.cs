using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Images as points of a plane: the two directions in which their features differ most (principal components), after scaling to unit
/// length.
/// </summary>
internal static class EmbeddingMap
{
    // Two directions need three points; more points than this are a blot, and a large file.
    private const int FewestImages = 3, MostImages = 1000;

    /// <returns>Some of the images and where they are; none where they are too few.</returns>
    public static IReadOnlyList<EmbeddedImage> Of(IReadOnlyList<LabeledFeatures> images, IReadOnlyList<PredictedImage> predictions)
    {
        if (images.Count < FewestImages) return [];
        int step = (images.Count + MostImages - 1) / MostImages;
        int[] shown = [.. Enumerable.Range(0, images.Count).Where(i => i % step == 0)];
        var mlContext = new MLContext(seed: 1);
        IDataView data = LabeledFeatures.ToDataView(mlContext, [.. shown.Select(i => images[i])]);
        float[][] places =
        [
            .. mlContext.Transforms.NormalizeLpNorm("Unit", nameof(LabeledFeatures.Features))
                .Append(mlContext.Transforms.ProjectToPrincipalComponents("Place", "Unit", rank: 2, seed: 1))
                .Fit(data).Transform(data).GetColumn<float[]>("Place"),
        ];
        return [.. shown.Zip(places, (i, place) => new EmbeddedImage(predictions[i], place[0], place[1]))];
    }
}

/// <summary>An image's place on the map; the units mean nothing.</summary>
internal sealed record EmbeddedImage(PredictedImage Image, double X, double Y);
