using System.Diagnostics;
using System.Globalization;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>
/// Shows a training on standard error: in a terminal a line that is written over, elsewhere a line now and then; and one for each epoch.
/// </summary>
/// <param name="first">The first step of this session.</param>
internal sealed class TuningDisplay(StepRecord first)
{
    private static readonly TimeSpan OwnLine = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan SameLine = TimeSpan.FromSeconds(0.2);

    private readonly bool terminal = !Console.IsErrorRedirected;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private TimeSpan shown;
    private long images;
    private int steps;
    private double recentLoss = double.NaN;

    /// <summary>A step was done.</summary>
    public void Step(StepRecord step)
    {
        images += step.Images;
        steps++;
        recentLoss = double.IsNaN(recentLoss) ? step.Loss : 0.9 * recentLoss + 0.1 * step.Loss;
        if (clock.Elapsed - shown < (terminal ? SameLine : OwnLine)) return;
        shown = clock.Elapsed;
        double stepsLeft = (double)(step.Epochs - step.Epoch + 1) * step.Steps - step.Step;
        TimeSpan left = clock.Elapsed / steps * stepsLeft;
        Write(string.Create(CultureInfo.InvariantCulture,
            $"Epoch {step.Epoch}/{step.Epochs}, step {step.Step}/{step.Steps}: loss {recentLoss:F3}, learning rate {step.LearningRate:G3}, {images / clock.Elapsed.TotalSeconds:F1} images/s, {Left(left)} left"));
    }

    /// <summary>An epoch was done.</summary>
    public void Epoch(TrainingEpoch epoch)
    {
        if (terminal) Write("");
        Terminal.Say(string.Create(CultureInfo.InvariantCulture,
            $"Epoch {epoch.Epoch}/{first.Epochs}: loss {epoch.TrainLoss:F3}, validation {Figures(epoch)}, after {epoch.Seconds:F0} s"));
    }

    private static string Figures(TrainingEpoch epoch) => epoch switch
    {
        EpochRecord classes => string.Create(CultureInfo.InvariantCulture, $"accuracy {classes.ValidationAccuracy:F3}, log-loss {classes.ValidationLoss:F3}"),
        MultiLabelEpoch labels => string.Create(CultureInfo.InvariantCulture,
            $"mAP {labels.ValidationMeanAveragePrecision:F3}, micro F1 {labels.ValidationMicroF1:F3}, loss {labels.ValidationLoss:F3}"),
        RegressionEpoch values => string.Create(CultureInfo.InvariantCulture,
            $"RMSE {values.ValidationRootMeanSquaredError:G4}, MAE {values.ValidationMeanAbsoluteError:G4}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"loss {epoch.ValidationLoss:F3}"),
    };

    // A terminal's line is cleared to its end, in case the one before was longer.
    private void Write(string line)
    {
        if (terminal) Console.Error.Write($"\r{line}\u001b[K");
        else Terminal.Say(line);
    }

    private static string Left(TimeSpan time) =>
        time.TotalHours >= 1
            ? time.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture)
            : time.ToString(@"m\:ss", CultureInfo.InvariantCulture);
}
