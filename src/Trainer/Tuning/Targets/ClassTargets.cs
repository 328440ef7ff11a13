using ResNetMLNet.Backbones.Operators;
using ResNetMLNet.MLNetPipelines;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>Classes as targets: a logit each; labels are the classes' indices, and targets are smoothed (Szegedy et al. 2015, arXiv:1512.00567).</summary>
/// <param name="recipe">Loss and smoothing.</param>
/// <param name="indices">The classes.</param>
/// <param name="weights">How much an image of each class counts; null where all count the same.</param>
internal sealed class ClassTargets(Recipe recipe, ClassIndices indices, IReadOnlyList<float>? weights = null) : TuningTargets
{
    private readonly Loss loss = new(recipe.Loss ?? LossKind.CrossEntropy, weights);
    private readonly int classes = indices.Classes.Count;

    public override int Outputs => classes;

    public override double[] LabelsOf(IReadOnlyList<LabeledImage> images) => Array.ConvertAll(indices.Of(images), index => (double)index);

    public override Tensor Of(double[] labels, Device device) =>
        nn.functional.one_hot(Indices(labels, device), classes).to(ScalarType.Float32).Times(1 - recipe.LabelSmoothing).Plus(
            recipe.LabelSmoothing / classes);

    /// <summary>
    /// With binary cross-entropy both classes of a blended image count as present, whatever their parts (Wightman et al. 2021,
    /// arXiv:2110.00476, section 3).
    /// </summary>
    public override Tensor Blend(Tensor targets, Tensor others, double kept)
    {
        if (recipe.Loss == LossKind.BinaryCrossEntropy) return kept < 1 ? targets.maximum(others) : targets;
        return base.Blend(targets, others, kept);
    }

    public override Tensor Loss(Tensor outputs, Tensor targets) => loss.Of(outputs, targets);

    public override Evaluation Evaluate() => new ClassEvaluation();

    /// <summary>[N], whole numbers.</summary>
    public static Tensor Indices(double[] labels, Device device) => tensor(Array.ConvertAll(labels, label => (long)label), device: device);
}
