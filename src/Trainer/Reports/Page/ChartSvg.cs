using System.Globalization;
using System.Xml.Linq;
using OxyPlot;
using OxyPlot.Axes;

namespace ResNetMLNet.Trainer;

/// <summary>
/// A plot as SVG to stand inside a page: its colours are the page's, so that a dark page has dark plots, and its width is the place's.
/// The plotting library knows fixed colours only; these stand for the page's until the SVG is written.
/// </summary>
internal static class ChartSvg
{
    public static readonly OxyColor Text = OxyColor.FromRgb(1, 2, 3), Line = OxyColor.FromRgb(1, 2, 4), Accent = OxyColor.FromRgb(1, 2, 5),
    Second = OxyColor.FromRgb(1, 2, 6);

    private static readonly (OxyColor Color, string Css)[] PageColors =
        [(Text, "currentColor"), (Line, "var(--line)"), (Accent, "var(--accent)"), (Second, "var(--second)")];

    /// <summary>A plot in the page's colours, still empty.</summary>
    public static PlotModel Plot() => new()
    {
        DefaultFont = "system-ui, sans-serif",
        DefaultFontSize = 13,
        TextColor = Text,
        PlotAreaBorderColor = Line,
        PlotAreaBorderThickness = new OxyThickness(1, 0, 0, 1),
        Padding = new OxyThickness(4, 8, 12, 4),
    };

    public static LinearAxis Axis(AxisPosition position, string title) => new()
    {
        Position = position,
        Title = title,
        TitleFontSize = 13,
        AxisTitleDistance = 20,
        MajorGridlineStyle = LineStyle.Solid,
        MajorGridlineColor = Line,
        TicklineColor = Line,
        MinorTickSize = 0,
        AxislineColor = Line,
    };

    /// <param name="plot">What to draw.</param>
    /// <param name="name">Its own among the page's plots: letters.</param>
    /// <param name="description">What it shows, for those who do not see it.</param>
    /// <param name="width">Pixels where there is room.</param>
    /// <param name="height">Pixels at that width.</param>
    public static string Write(PlotModel plot, string name, string description, int width, int height)
    {
        using var bytes = new MemoryStream();
        new SvgExporter { Width = width, Height = height, IsDocument = false, UseVerticalTextAlignmentWorkaround = true }.Export(
            plot, bytes);
        bytes.Position = 0;
        XElement svg = XElement.Load(bytes);
        svg.SetAttributeValue("width", null);
        svg.SetAttributeValue("height", null);
        svg.SetAttributeValue("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {width} {height}"));
        svg.SetAttributeValue("style", string.Create(CultureInfo.InvariantCulture, $"max-width:{width}px"));
        svg.SetAttributeValue("role", "img");
        svg.SetAttributeValue("aria-label", description);
        foreach (XAttribute attribute in svg.Descendants().Attributes())
        {
            foreach ((OxyColor color, string css) in PageColors)
                attribute.Value = attribute.Value.Replace($"rgb({color.R},{color.G},{color.B})", css, StringComparison.Ordinal);
            // Numbered anew in each plot, and a page has several.
            if (attribute.Name == "id") attribute.Value = name + attribute.Value;
            else if (attribute.Name == "clip-path") attribute.Value = attribute.Value.Replace(
                "url(#", $"url(#{name}", StringComparison.Ordinal);
        }
        return svg.ToString(SaveOptions.DisableFormatting);
    }
}
