using System.Globalization;
using static ResNetMLNet.Trainer.CardText;

namespace ResNetMLNet.Trainer;

/// <summary>The card of a model that gives numbers, as <see cref="ModelCard"/> is of one that gives classes.</summary>
internal static class RegressionCard
{
    public static string Of(RegressionRunReport report)
    {
        RegressionRunMetrics metrics = report.Metrics;
        RunDescription run = report.Run;
        string minimum = FigureText.Of(metrics.TrainMinimum!.Value), maximum = FigureText.Of(metrics.TrainMaximum!.Value);
        return string.Create(CultureInfo.InvariantCulture, $"""
            ---
            library_name: ResNetMLNet
            tags: [ml-net, onnx, image-regression, {Yaml(metrics.Backbone)}]
            ---

            # {Text(run.Title)}
            {Warning(run)}
            Gives a number for a photo: values from {minimum} to {maximum} were trained on.

            ## Intended use

            One number, in the unit of the values that it was trained on, for a photo like those that it was trained on. It gives a number for a photo of
            anything else too, and does not say how sure it is of any. Outside of {minimum} to {maximum} it extrapolates.

            ## Figures

            | figure | value |
            |---|---|
            | RMSE, root of the mean squared error | {FigureText.Of(metrics.RootMeanSquaredError)} |
            | MAE, mean absolute error | {FigureText.Of(metrics.MeanAbsoluteError)} |
            | R², 1 less squared errors over squared distances from the mean | {FigureText.Of(metrics.RSquared)} |
            | standard deviation of the values trained on | {FigureText.Of(metrics.TrainDeviation!.Value)} |

            Measured on {metrics.ValidationImages} images held back from training; what is known against them stands under limits.{Mixing(metrics)}

            ## Data

            {metrics.TrainImages} images trained on, {metrics.ValidationImages} validated on, {metrics.Skipped.Count} files skipped.

            {string.Join('\n', run.Configuration.Select(setting => $"- {setting.Name}: {Text(setting.Value)}"))}

            The backbone's weights keep the licence of their origin, named there in parentheses. The head on top was made from the images above; who owns
            those decides on it.

            ## Limits

            - The figures hold for photos from the same source. Other cameras, places or seasons may give larger errors.
            {string.Join('\n', [.. Problems(metrics), .. metrics.NotChecked.Select(note => $"- {Text(note)}")])}

            ## How to use

            {Code("csharp", UsageCode.OfRegression(run.Model))}

            ## How it was made

            {(run.Command is null ? "" : $"{Code("", run.Command)}\n\n")}{string.Join(", ", metrics.Versions.Select(version => $"{version.Key} {version.Value}"))}.

            """);
    }
}
