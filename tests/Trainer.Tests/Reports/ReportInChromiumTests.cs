using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Trainer.Tests.Reports;

/// <summary>The report page as a reader sees it: in a browser, wide and on a phone, light and dark.</summary>
[TestClass]
public sealed partial class ReportInChromiumTests
{
    private const string Chromium = "/usr/bin/chromium";
    private static TemporaryFolder folder = null!;
    private static string page = "";
    private static IPlaywright? playwright;
    private static IBrowser? browser;

    [ClassInitialize]
    public static async Task OpenAsync(TestContext _)
    {
        folder = new TemporaryFolder();
        if (!File.Exists(Chromium)) return;
        page = folder["report.html"];
        HostilePhotos.Evaluate(page).AssertSucceeded();
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Chromium,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
        });
    }

    [ClassCleanup]
    public static async Task CleanAsync()
    {
        if (browser is not null) await browser.CloseAsync();
        playwright?.Dispose();
        folder.Dispose();
    }

    [TestInitialize]
    public void NeedsABrowser()
    {
        if (browser is null) Assert.Inconclusive($"There is no {Chromium}. `apt-get install chromium` brings it.");
    }

    [TestMethod]
    public async Task The_page_needs_no_network_and_the_console_stays_empty()
    {
        IPage tab = await browser!.NewPageAsync();
        var requests = new List<string>();
        var messages = new List<string>();
        tab.Request += (_, request) => requests.Add(request.Url);
        tab.Console += (_, message) => messages.Add(message.Text);
        tab.PageError += (_, error) => messages.Add(error);
        await tab.GotoAsync(new Uri(page).AbsoluteUri);
        CollectionAssert.AreEqual(new[] { new Uri(page).AbsoluteUri }, requests.Where(url => !url.StartsWith("data:", StringComparison.Ordinal)).ToArray());
        Assert.IsEmpty(messages);
        Assert.AreEqual("photos: ", (await tab.TitleAsync())[..8], "a file's name is no script");
    }

    [TestMethod]
    public async Task Every_picture_decodes_and_every_heading_is_there()
    {
        IPage tab = await OpenAsync(1280, ColorScheme.Light);
        int[] widths = await tab.EvaluateAsync<int[]>("[...document.images].map(image => image.naturalWidth)");
        Assert.IsGreaterThanOrEqualTo(9, widths.Length);
        foreach (int width in widths) Assert.IsGreaterThan(0, width);
        CollectionAssert.AreEqual(
            new[]
            {
                "Classes", "Confusion matrix", "Learning curves", "Calibration", "Known images", "Most confident mistakes", "Least confident hits",
                "Where it looks", "Map of the images", "Problems", "Configuration", "Use",
            },
            (await tab.Locator("h2").AllInnerTextsAsync()).ToArray());
        Assert.AreEqual(1, await tab.GetByRole(AriaRole.Heading, new() { Name = HostilePhotos.ClassName, Exact = true }).CountAsync());
    }

    [TestMethod]
    [DataRow(1280)]
    [DataRow(360)]
    public async Task Nothing_is_wider_than_the_window(int width)
    {
        IPage tab = await OpenAsync(width, ColorScheme.Light);
        Assert.AreEqual(width, await tab.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        string[] wide = await tab.EvaluateAsync<string[]>(
            $"[...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll, pre, svg') && e.getBoundingClientRect().right > {width}).map(e => e.outerHTML.slice(0, 80))");
        Assert.IsEmpty(wide, string.Join('\n', wide));
    }

    /// <summary>WCAG 2.2, success criterion 1.4.3: 4.5 to 1 between text and what is behind it.</summary>
    [TestMethod]
    [DataRow(ColorScheme.Light)]
    [DataRow(ColorScheme.Dark)]
    public async Task Text_stands_out_from_its_background(ColorScheme scheme)
    {
        IPage tab = await OpenAsync(1280, scheme);
        string[][] colors = await tab.EvaluateAsync<string[][]>("""
            () => [...document.querySelectorAll('main *')]
              .filter(e => [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.textContent.trim()))
              .map(e => {
                let behind = e;
                while (behind.parentElement && getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
                const style = getComputedStyle(e);
                return [e.closest('svg') ? style.fill : style.color, getComputedStyle(behind).backgroundColor, e.textContent.trim().slice(0, 40)];
              })
            """);
        Assert.IsGreaterThan(80, colors.Length);
        foreach (string[] color in colors)
        {
            double contrast = Contrast(color[0], color[1]);
            Assert.IsGreaterThanOrEqualTo(4.5, contrast, $"'{color[2]}': {color[0]} on {color[1]}");
        }
    }

    [TestMethod]
    public async Task A_dark_desk_gets_a_dark_page_with_dark_plots()
    {
        IPage light = await OpenAsync(1280, ColorScheme.Light), dark = await OpenAsync(1280, ColorScheme.Dark);
        Assert.IsGreaterThan(0.9, Luminance(await Css(light, "body", "backgroundColor")));
        Assert.IsLessThan(0.05, Luminance(await Css(dark, "body", "backgroundColor")));
        Assert.IsLessThan(0.05, Luminance(await Css(light, "svg text", "fill")));
        Assert.IsGreaterThan(0.7, Luminance(await Css(dark, "svg text", "fill")));

        static Task<string> Css(IPage tab, string selector, string property) => tab.EvaluateAsync<string>($"getComputedStyle(document.querySelector('{selector}')).{property}");
    }

    /// <summary>In each plot no text covers another.</summary>
    [TestMethod]
    [DataRow(1280)]
    [DataRow(360)]
    public async Task Labels_of_plots_do_not_overlap(int width)
    {
        IPage tab = await OpenAsync(width, ColorScheme.Light);
        string[] overlaps = await tab.EvaluateAsync<string[]>("""
            () => [...document.querySelectorAll('svg')].flatMap(svg => {
              const texts = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]).filter(t => t[1].width > 0);
              return texts.flatMap(([a, p], i) => texts.slice(i + 1)
                .filter(([b, q]) => p.left + 1 < q.right && q.left + 1 < p.right && p.top + 1 < q.bottom && q.top + 1 < p.bottom).map(([b, q]) => a + ' / ' + b));
            })
            """);
        Assert.IsEmpty(overlaps, string.Join(", ", overlaps));
    }

    private static async Task<IPage> OpenAsync(int width, ColorScheme scheme)
    {
        IPage tab = await browser!.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = scheme });
        await tab.GotoAsync(new Uri(page).AbsoluteUri);
        return tab;
    }

    private static double Contrast(string a, string b)
    {
        double[] luminances = [Luminance(a), Luminance(b)];
        return (luminances.Max() + 0.05) / (luminances.Min() + 0.05);
    }

    /// <summary>Relative luminance of an opaque colour as a browser computes it: rgb(r, g, b), or color(srgb r g b) where colours were mixed.</summary>
    private static double Luminance(string color)
    {
        double[] parts = [.. Number().Matches(color).Select(match => double.Parse(match.Value, System.Globalization.CultureInfo.InvariantCulture)).Take(3)];
        double scale = color.StartsWith("color(srgb", StringComparison.Ordinal) ? 1 : 255;
        double[] linear = [.. parts.Select(part => part / scale).Select(part => part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4))];
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    }

    [GeneratedRegex(@"\d+(\.\d+)?(e-\d+)?")]
    private static partial Regex Number();
}
