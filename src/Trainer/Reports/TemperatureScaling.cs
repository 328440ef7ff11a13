using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// How probabilities were scaled (<see cref="TrainingOptions.Calibrate"/>), and what the figures would be without. The figures of a run that
/// tuned the network are cross-fitted: each image is measured with the temperature that the images outside of its tenth choose.
/// </summary>
/// <param name="Temperature">What the model's logits are divided by: above 1 where the network was too sure.</param>
/// <param name="LogLossBefore">Mean of -ln(probability of the true class) without it.</param>
/// <param name="CalibrationErrorBefore">The expected calibration error without it.</param>
public sealed record TemperatureScaling(double Temperature, double LogLossBefore, double CalibrationErrorBefore)
{
    /// <param name="temperature">What is divided by.</param>
    /// <param name="before">The figures without.</param>
    internal static TemperatureScaling Of(double temperature, ClassificationReport before) =>
        new(temperature, before.LogLoss, before.ExpectedCalibrationError);

    /// <summary>Probabilities by temperatures that other images have chosen, [N][classes].</summary>
    /// <param name="probabilities">[N][classes].</param>
    /// <param name="truth">[N]: the place of each image's class.</param>
    /// <param name="foldOf">[N].</param>
    internal static float[][] CrossFitted(float[][] probabilities, int[] truth, int[] foldOf)
    {
        double[] temperatures = ImageFolds.ChosenByOthers(foldOf, others =>
            MLNetPipelines.Temperature.Fit([.. others.Select(i => probabilities[i])], [.. others.Select(i => truth[i])]));
        return [.. probabilities.Zip(temperatures, (image, temperature) => MLNetPipelines.Temperature.Apply(image, temperature))];
    }
}
