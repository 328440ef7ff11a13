namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// The images whose predicted class got about the same probability: of a calibrated classifier, as many are right as it says
/// (Guo et al. 2017, arXiv:1706.04599, section 2).
/// </summary>
/// <param name="Confidence">Mean probability of the predicted classes, 0 to 1; 0 where there are no images.</param>
/// <param name="Accuracy">The part of the images that got their class, 0 to 1; 0 where there are no images.</param>
/// <param name="Images">Images in the bin.</param>
public sealed record CalibrationBin(double Confidence, double Accuracy, int Images)
{
    // As in the paper's table 1.
    internal const int Count = 15;

    /// <summary>Bins of equal width: the first holds probabilities from 0 to 1/15, its upper end included.</summary>
    internal static CalibrationBin[] Of(IEnumerable<(double Confidence, bool IsRight)> predictions)
    {
        ILookup<int, (double Confidence, bool IsRight)> bins = predictions.ToLookup(prediction => Index(prediction.Confidence));
        return [.. Enumerable.Range(0, Count).Select(bin => bins[bin].ToArray()).Select(members => members.Length == 0
            ? new CalibrationBin(0, 0, 0)
            : new CalibrationBin(members.Average(m => m.Confidence), members.Average(m => m.IsRight ? 1.0 : 0.0), members.Length))];

        // A softmax in single precision may pass 1 by a rounding.
        static int Index(double confidence) => Math.Clamp((int)Math.Ceiling(confidence * Count) - 1, 0, Count - 1);
    }
}
