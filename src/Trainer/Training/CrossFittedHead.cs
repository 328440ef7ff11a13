using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>The head that a network was trained with.</summary>
/// <param name="Head">In the labels' own unit.</param>
/// <param name="Others">
/// The <see cref="LearningTask.Outputs"/> of another network for some images to validate on, by their paths: <see cref="MixingChoice"/>.
/// </param>
internal sealed record CrossFittedHead(LinearHead Head, IReadOnlyDictionary<string, float[]> Others)
{
    /// <summary>A head that all images are measured with.</summary>
    public static CrossFittedHead Of(LinearHead head) => new(head, new Dictionary<string, float[]>());
}
