using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace ResNetMLNet.Trainer;

/// <summary>The plots of a regression's report, as SVG.</summary>
internal static class RegressionCharts
{
    private const int Side = 420, Width = 440, Height = 300, MostBins = 31;

    // More points than this are a blot, and a large file.
    private const int MostPoints = 2000;

    /// <summary>A point for each image; on the diagonal the prediction is exact. Of many images, evenly chosen ones.</summary>
    public static string Scatter(IReadOnlyList<PredictedNumber> images)
    {
        PlotModel plot = ChartSvg.Plot();
        double[] all = [.. images.SelectMany(image => new[] { image.Value, image.Predicted })];
        double margin = (all.Max() - all.Min()) * 0.05, least = all.Min() - margin, most = all.Max() + margin;
        if (margin == 0) (least, most) = (least - 1, most + 1);
        foreach (Axis axis in new[] { ChartSvg.Axis(AxisPosition.Bottom, "true value"), ChartSvg.Axis(AxisPosition.Left, "predicted value") })
        {
            (axis.Minimum, axis.Maximum) = (least, most);
            plot.Axes.Add(axis);
        }

        int step = (images.Count + MostPoints - 1) / MostPoints;
        var points = new ScatterSeries { MarkerType = MarkerType.Circle, MarkerSize = 3.5, MarkerFill = ChartSvg.Accent };
        points.Points.AddRange(images.Where((_, i) => i % step == 0).Select(image => new ScatterPoint(image.Value, image.Predicted)));
        plot.Series.Add(points);
        var diagonal = new LineSeries { Color = ChartSvg.Text, LineStyle = LineStyle.Dash, StrokeThickness = 1.5 };
        diagonal.Points.Add(new DataPoint(least, least));
        diagonal.Points.Add(new DataPoint(most, most));
        plot.Series.Add(diagonal);
        return ChartSvg.Write(plot, "scatter", "Predicted by true value; on the dashed diagonal predictions are exact", Side, Side);
    }

    /// <summary>Images by their error: bins of equal width around 0, about the root of the number of images.</summary>
    public static string Errors(IReadOnlyList<PredictedNumber> images)
    {
        double largest = images.Max(image => Math.Abs(image.Error));
        if (largest == 0) largest = 1;
        // An odd number, so that one has 0 in its middle.
        int bins = Math.Clamp((int)Math.Sqrt(images.Count), 5, MostBins) | 1;
        double width = 2 * largest / bins;
        int[] counts = new int[bins];
        foreach (PredictedNumber image in images) counts[Math.Clamp((int)((image.Error + largest) / width), 0, bins - 1)]++;

        PlotModel plot = ChartSvg.Plot();
        plot.Axes.Add(ChartSvg.Axis(AxisPosition.Bottom, "predicted less true value"));
        LinearAxis count = ChartSvg.Axis(AxisPosition.Left, "images");
        (count.Minimum, count.MinimumMajorStep) = (0, 1);
        plot.Axes.Add(count);
        var bars = new RectangleBarSeries { FillColor = ChartSvg.Accent, StrokeThickness = 0 };
        foreach ((int i, int inBin) in counts.Index())
            if (inBin > 0) bars.Items.Add(new RectangleBarItem(-largest + (i + 0.04) * width, 0, -largest + (i + 0.96) * width, inBin));
        plot.Series.Add(bars);
        return ChartSvg.Write(plot, "errors", "Number of images by error, predicted less true value", Width, Height);
    }
}
