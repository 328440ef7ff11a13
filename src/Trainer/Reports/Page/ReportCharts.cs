using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>The plots of a report, as SVG.</summary>
internal static class ReportCharts
{
    private const int Width = 440, Height = 300;

    /// <summary>Losses, of training in the second colour and of validation in the accent, and beside them the first figure, by epoch.</summary>
    /// <param name="history">The epochs.</param>
    /// <param name="name">The figure's own among the page's plots: letters.</param>
    /// <param name="title">What its axis says.</param>
    /// <param name="description">What it shows, for those who do not see it.</param>
    public static IReadOnlyList<string> LearningCurves(IReadOnlyList<TrainingEpoch> history, string name, string title, string description)
    {
        if (history.Count == 0) return [];
        PlotModel loss = ByEpoch("loss");
        loss.Series.Add(Curve(ChartSvg.Second, history, epoch => epoch.TrainLoss));
        loss.Series.Add(Curve(ChartSvg.Accent, history, epoch => epoch.ValidationLoss));
        PlotModel figure = ByEpoch(title);
        figure.Series.Add(Curve(ChartSvg.Accent, history, epoch => epoch.Figures[0].Value));
        return
        [
            ChartSvg.Write(loss, "loss", "Training and validation loss by epoch", Width, Height),
            ChartSvg.Write(figure, name, description, Width, Height),
        ];
    }

    /// <summary>The accuracy of the images in each bin of confidence; on the diagonal the probabilities mean what they say.</summary>
    public static string Reliability(IReadOnlyList<CalibrationBin> bins)
    {
        PlotModel plot = ChartSvg.Plot();
        Axis confidence = ChartSvg.Axis(AxisPosition.Bottom, "probability of the predicted class"), accuracy = ChartSvg.Axis(
            AxisPosition.Left, "part that is right");
        foreach (Axis axis in new[] { confidence, accuracy })
        {
            axis.Minimum = 0;
            axis.Maximum = 1;
            axis.MajorStep = 0.2;
            plot.Axes.Add(axis);
        }

        var bars = new RectangleBarSeries { FillColor = ChartSvg.Accent, StrokeThickness = 0 };
        foreach ((int i, CalibrationBin bin) in bins.Index())
            if (bin.Images > 0) bars.Items.Add(new RectangleBarItem((i + 0.08) / bins.Count, 0, (i + 0.92) / bins.Count, bin.Accuracy));
        plot.Series.Add(bars);
        var diagonal = new LineSeries { Color = ChartSvg.Text, LineStyle = LineStyle.Dash, StrokeThickness = 1.5 };
        diagonal.Points.Add(new DataPoint(0, 0));
        diagonal.Points.Add(new DataPoint(1, 1));
        plot.Series.Add(diagonal);
        return ChartSvg.Write(plot, "reliability", "Accuracy by confidence; the dashed diagonal is perfect calibration", Width, Height);
    }

    /// <summary>
    /// Images by how unlike those to train on they are, and a dashed line at the limit: those to the right of it are taken for unknown.
    /// </summary>
    public static string UnknownScores(IReadOnlyList<double> scores)
    {
        const double Least = -3, Most = 3, Step = 0.25; // scores beyond are in the outermost bars
        const int Bars = (int)((Most - Least) / Step);
        PlotModel plot = ChartSvg.Plot();
        Axis score = ChartSvg.Axis(AxisPosition.Bottom, "score: 0 is the median of known images"),
            images = ChartSvg.Axis(AxisPosition.Left, "images");
        (score.Minimum, score.Maximum, score.MajorStep, images.Minimum) = (Least, Most, 1, 0);
        plot.Axes.Add(score);
        plot.Axes.Add(images);
        var bars = new RectangleBarSeries { FillColor = ChartSvg.Accent, StrokeThickness = 0 };
        // The limit itself belongs to the bar on its left.
        foreach (IGrouping<int, double> bar in scores.GroupBy(one => (int)Math.Clamp(Math.Ceiling((one - Least) / Step) - 1, 0, Bars - 1)))
            bars.Items.Add(new RectangleBarItem(Least + ((bar.Key + 0.08) * Step), 0, Least + ((bar.Key + 0.92) * Step), bar.Count()));
        plot.Series.Add(bars);
        var limit = new LineSeries { Color = ChartSvg.Text, LineStyle = LineStyle.Dash, StrokeThickness = 1.5 };
        limit.Points.Add(new DataPoint(UnknownScore.Limit, 0));
        limit.Points.Add(new DataPoint(UnknownScore.Limit, bars.Items.Max(item => item.Y1)));
        plot.Series.Add(limit);
        return ChartSvg.Write(
            plot, "unknown", "Images by their score; those right of the dashed line are taken for unknown", Width, Height);
    }

    /// <summary>A point for each image: filled where its class was predicted, a cross where another was.</summary>
    /// <param name="images">The points.</param>
    /// <param name="classes">All classes; they say the colours.</param>
    public static string Embedding(IReadOnlyList<EmbeddedImage> images, IReadOnlyList<string> classes)
    {
        PlotModel plot = ChartSvg.Plot();
        foreach (AxisPosition position in new[] { AxisPosition.Bottom, AxisPosition.Left })
        {
            Axis axis = ChartSvg.Axis(position, position == AxisPosition.Bottom ? "first principal component" : "second");
            axis.LabelFormatter = _ => ""; // the unit means nothing
            axis.TickStyle = TickStyle.None;
            axis.MinimumPadding = axis.MaximumPadding = 0.05;
            plot.Axes.Add(axis);
        }

        foreach ((int i, string label) in classes.Index())
        {
            (int red, int green, int blue) = ClassColor(i, classes.Count);
            OxyColor color = OxyColor.FromRgb((byte)red, (byte)green, (byte)blue);
            var hits = new ScatterSeries { MarkerType = MarkerType.Circle, MarkerSize = 4, MarkerFill = color };
            var misses = new ScatterSeries
            {
                MarkerType = MarkerType.Cross,
                MarkerSize = 5,
                MarkerStroke = color,
                MarkerStrokeThickness = 2
            };
            foreach (EmbeddedImage image in images.Where(image => image.Image.Label == label))
                (image.Image.Right ? hits : misses).Points.Add(new ScatterPoint(image.X, image.Y));
            plot.Series.Add(hits);
            plot.Series.Add(misses);
        }
        return ChartSvg.Write(plot, "embedding", "The images on the plane of the two principal components of their features", 560, 420);
    }

    /// <summary>A colour of its own for each class, bright enough for a dark page and dark enough for a light one.</summary>
    public static (int Red, int Green, int Blue) ClassColor(int index, int classes)
    {
        // Hues evenly around the circle; every second one darker, so that neighbours differ in two ways.
        OxyColor color = OxyColor.FromHsv((double)index / classes, 0.75, index % 2 == 0 ? 0.85 : 0.65);
        return (color.R, color.G, color.B);
    }

    private static PlotModel ByEpoch(string title)
    {
        PlotModel plot = ChartSvg.Plot();
        LinearAxis epochs = ChartSvg.Axis(AxisPosition.Bottom, "epoch");
        epochs.MinimumMajorStep = 1;
        plot.Axes.Add(epochs);
        plot.Axes.Add(ChartSvg.Axis(AxisPosition.Left, title));
        return plot;
    }

    private static LineSeries Curve(OxyColor color, IReadOnlyList<TrainingEpoch> history, Func<TrainingEpoch, double> value)
    {
        var curve = new LineSeries
        {
            Color = color,
            StrokeThickness = 2,
            MarkerType = MarkerType.Circle,
            MarkerSize = 3,
            MarkerFill = color
        };
        curve.Points.AddRange(history.Select(epoch => new DataPoint(epoch.Epoch, value(epoch))));
        return curve;
    }
}
