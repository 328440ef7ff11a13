using System.Globalization;
using ResNetMLNet.Trainer;
using Spectre.Console;

namespace ResNetMLNet.Cli;

/// <summary>Prints a trial of learning rates.</summary>
internal static class LearningRateTables
{
    private const int Rows = 20;

    public static void Write(LearningRateTrial trial, bool json)
    {
        if (json)
        {
            Terminal.Json(trial);
            return;
        }
        double highest = trial.Points.Count == 0 ? 0 : trial.Points.Max(point => point.Loss);
        var chart = new BarChart { Width = 60, Label = "Loss by learning rate", MaxValue = highest };
        foreach (LearningRatePoint point in trial.Points.Where((_, i) => i % Math.Max(1, trial.Points.Count / Rows) == 0))
            chart.AddItem(point.LearningRate.ToString("0.0e-0", CultureInfo.InvariantCulture), Math.Round(point.Loss, 3));
        Terminal.Results.Write(chart);
        Terminal.Print(trial.Suggestion is double rate
            ? string.Create(
                CultureInfo.InvariantCulture, $"Try --learning-rate {rate:0.0e-0}: the middle of the range in which the loss falls.")
            : "The loss falls at no learning rate: the network has nothing to learn from these images, or starts where it cannot get better.");
    }
}
