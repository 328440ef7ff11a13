using ResNetMLNet.Backbones.Operators;
using ResNetMLNet.MLNetPipelines;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Numbers as targets. Inside they are standardized, less the mean of the images to train on and divided by their standard deviation, so
/// that learning rates do not depend on the values' unit.
/// </summary>
internal sealed class ValueTargets : TuningTargets
{
    private readonly LossKind loss;
    private readonly double mean, deviation;

    /// <param name="loss">Mean squared error or Huber.</param>
    /// <param name="train">The values of the images to train on.</param>
    /// <exception cref="TrainingException">They are all the same.</exception>
    public ValueTargets(LossKind loss, IReadOnlyList<double> train)
    {
        this.loss = loss;
        mean = train.Average();
        deviation = Math.Sqrt(train.Average(value => (value - mean) * (value - mean)));
        if (!(deviation > 0))
        {
            throw new TrainingException(
                $"All {train.Count} images to train on have the value {train[0]}. There is nothing to learn where all values are the same.");
        }
    }

    public override int Outputs => 1;

    public override double[] LabelsOf(IReadOnlyList<LabeledImage> images) =>
        [.. images.Select(image => NumberLabel.Parse(image.Label))];

    public override Tensor Of(double[] labels, Device device) => tensor(
        Array.ConvertAll(labels, value => (float)((value - mean) / deviation)), [labels.Length, 1], device: device);

    /// <summary>
    /// The squared error in standard deviations of the values; of Huber (1964, doi:10.1214/aoms/1177703732) half of it up to one, and beyond
    /// the error less a half, so that a few wrong values count less.
    /// </summary>
    public override Tensor Loss(Tensor outputs, Tensor targets) => Loss(outputs, targets, nn.Reduction.Mean);

    public override LinearHead ToOwnUnit(LinearHead head) => new(
        [Array.ConvertAll(head.Weights[0], weight => (float)(weight * deviation))], [(float)(head.Biases[0] * deviation + mean)])
    {
        Steps = head.Steps,
        Link = HeadLink.None,
    };

    public override LinearHead FromOwnUnit(LinearHead head) => head with
    {
        Weights = [Array.ConvertAll(head.Weights[0], weight => (float)(weight / deviation))],
        Biases = [(float)((head.Biases[0] - mean) / deviation)],
    };

    public override Evaluation Evaluate() => new ValueEvaluation(this);

    /// <summary>The images' losses, [N].</summary>
    public Tensor LossesOf(Tensor outputs, double[] labels) => Loss(outputs, Of(labels, outputs.device), nn.Reduction.None).reshape(-1);

    /// <summary>Outputs in the values' own unit.</summary>
    public double[] InOwnUnit(Tensor outputs) => [.. outputs.reshape(-1).cpu().data<float>().Select(value => value * deviation + mean)];

    private Tensor Loss(Tensor outputs, Tensor targets, nn.Reduction reduction) => loss == LossKind.Huber
        ? F.huber_loss(outputs, targets, delta: 1, reduction: reduction)
        : F.mse_loss(outputs, targets, reduction);
}
