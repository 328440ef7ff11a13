using System.Net;
using OxyPlot;

/// <summary>Shows tables and pictures: beneath a notebook's cell, and from a program as text and files.</summary>
public static class Show
{
    private static int files;

    /// <summary>Where HTML goes: a notebook's <c>display</c>, which gives what puts other HTML in its place; null in a program.</summary>
    public static Func<string, Action<string>>? Html { get; set; }

    /// <summary>A table.</summary>
    /// <param name="columns">Their titles.</param>
    /// <param name="rows">A value for each column; numbers stand on the right.</param>
    public static void Table(string[] columns, IEnumerable<object?[]> rows)
    {
        object?[][] all = [.. rows];
        string[][] texts = [.. all.Select(row => row.Select(value => FormattableString.Invariant($"{value}")).ToArray())];
        if (Html is not null)
        {
            string Cell(string tag, string text, object? value) =>
                $"<{tag} style=\"text-align:{(value is null or string ? "left" : "right")}\">{WebUtility.HtmlEncode(text)}</{tag}>";
            string head = string.Concat(columns.Select((title, i) => Cell("th", title, all.FirstOrDefault()?[i])));
            string body = string.Concat(texts.Select((row, r) => $"<tr>{string.Concat(row.Select((text, i) => Cell("td", text, all[r][i])))}</tr>"));
            Html($"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>");
            return;
        }
        int[] widths = [.. columns.Select((title, i) => texts.Select(row => row[i].Length).Append(title.Length).Max())];
        foreach (string[] row in texts.Prepend([.. widths.Select(width => new string('-', width))]).Prepend(columns))
            Console.WriteLine(string.Join("  ", row.Select((text, i) => all[0][i] is null or string ? text.PadRight(widths[i]) : text.PadLeft(widths[i]))).TrimEnd());
        Console.WriteLine();
    }

    /// <summary>A plot, as SVG.</summary>
    public static void Plot(PlotModel plot, int width = 640, int height = 320)
    {
        if (Html is null) Write(plot.Title ?? "plot", ".svg", Svg(plot, width, height));
        else Html(Picture(plot, width, height));
    }

    /// <summary>A plot that grows: what is given back shows it as it is by then. A program shows nothing until <see cref="Plot"/>.</summary>
    public static Action Live(PlotModel plot, int width = 640, int height = 320)
    {
        if (Html is null) return () => { };
        string Now() => $"<div data-live=\"{WebUtility.HtmlEncode(plot.Title)}\">{Picture(plot, width, height)}</div>";
        Action<string> update = Html(Now());
        return () =>
        {
            plot.InvalidatePlot(updateData: true);
            update(Now());
        };
    }

    /// <summary>Pictures side by side.</summary>
    /// <param name="pictures">What stands below each, and the bytes of a JPEG or PNG file.</param>
    public static void Pictures(IEnumerable<(string Caption, byte[] Content)> pictures)
    {
        if (Html is null)
        {
            foreach ((string caption, byte[] content) in pictures) Write(caption, content[0] == 0x89 ? ".png" : ".jpg", content);
            return;
        }
        Html(string.Concat(pictures.Select(picture =>
            $"<figure style=\"display:inline-block;margin:4px;vertical-align:top;max-width:180px\"><img alt=\"{WebUtility.HtmlEncode(picture.Caption)}\" " +
            $"src=\"data:image/{(picture.Content[0] == 0x89 ? "png" : "jpeg")};base64,{Convert.ToBase64String(picture.Content)}\">" +
            $"<figcaption>{WebUtility.HtmlEncode(picture.Caption)}</figcaption></figure>")));
    }

    private static byte[] Svg(PlotModel plot, int width, int height)
    {
        // Text is wider than the exporter believes.
        plot.Padding = new OxyThickness(28, 8, 16, 8);
        foreach (OxyPlot.Axes.Axis axis in plot.Axes) axis.AxisTitleDistance = 20;
        using var svg = new MemoryStream();
        new SvgExporter { Width = width, Height = height, IsDocument = false, UseVerticalTextAlignmentWorkaround = true }.Export(plot, svg);
        return svg.ToArray();
    }

    // As a picture of its own: pages that show notebooks leave SVG elements out.
    private static string Picture(PlotModel plot, int width, int height) =>
        $"<img alt=\"{WebUtility.HtmlEncode(plot.Title)}\" style=\"background:white\" src=\"data:image/svg+xml;base64,{Convert.ToBase64String(Svg(plot, width, height))}\">";

    private static void Write(string name, string extension, byte[] content)
    {
        string folder = Directory.CreateDirectory(Checkout.Find("artifacts", "figures")).FullName;
        string words = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Trim('-');
        string path = Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(Environment.ProcessPath)}-{++files:D2}-{words}{extension}");
        File.WriteAllBytes(path, content);
        Console.WriteLine($"Wrote {path}");
    }
}
