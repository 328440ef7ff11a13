using System.Globalization;
using System.Text.Json;
using CsvHelper;
using Microsoft.Playwright;
using ResNetMLNet.Trainer;

namespace Trainer.Tests.Checking;

/// <summary><c>check</c>, and <c>--exclude</c> of the runs after it.</summary>
[TestClass]
public sealed class CheckCommandTests
{
    private const string Chromium = "/usr/bin/chromium";

    private static TemporaryFolder shared = null!;
    private static CommandLine checking = null!;
    private readonly TemporaryFolder folder = new();

    private static string Table => shared["exclude.csv"];

    private static string Page => shared["check.html"];

    [ClassInitialize]
    public static void Check(TestContext _)
    {
        shared = new TemporaryFolder();
        checking = CommandLine.Run("check", SpoiltPhotos.Folder, "--json", "--csv", Table, "--report", Page);
    }

    [ClassCleanup]
    public static void CleanShared() => shared.Dispose();

    [TestCleanup]
    public void Clean() => folder.Dispose();

    [TestMethod]
    public void Json_and_table_have_what_the_library_finds()
    {
        checking.AssertSucceeded();
        JsonElement[] findings = [.. JsonDocument.Parse(checking.Output).RootElement.EnumerateArray()];
        CollectionAssert.AreEquivalent(
            new[] { "exact duplicates", "near duplicates across the split", "unreadable files" },
            findings.Select(finding => finding.GetProperty("kind").GetString())
                .Where(kind => kind is "exact duplicates" or "near duplicates across the split" or "unreadable files").ToArray());
        JsonElement copy = findings.Single(finding => finding.GetProperty("kind").GetString() == DataProblem.ExactDuplicates);
        Assert.AreEqual($"The same bytes as '{copy.GetProperty("other").GetString()}'.", copy.GetProperty("message").GetString());
        Assert.AreEqual(1, copy.GetProperty("value").GetDouble());

        using var csv = new CsvReader(File.OpenText(Table), CultureInfo.InvariantCulture);
        csv.Read();
        csv.ReadHeader();
        CollectionAssert.AreEqual(new[] { "path", "kind", "message", "value", "other" }, csv.HeaderRecord);
        var rows = new List<(string?, string?)>();
        while (csv.Read()) rows.Add((csv.GetField("path"), csv.GetField("kind")));
        CollectionAssert.AreEqual(
            findings.Where(finding => finding.TryGetProperty("path", out JsonElement _))
                .Select(finding => ((string?)finding.GetProperty("path").GetString(), (string?)finding.GetProperty("kind").GetString())).ToArray(), rows);
    }

    [TestMethod]
    public void The_text_is_grouped_by_kind_and_strict_makes_findings_an_error()
    {
        string photos = folder.Photos("photos", 3, "daisy");
        string broken = Path.Combine(photos, "daisy", "broken.jpg");
        File.WriteAllText(broken, "");
        CommandLine lax = CommandLine.Run("check", Path.Combine(photos, "daisy"));
        CommandLine strict = CommandLine.Run("check", Path.Combine(photos, "daisy"), "--strict");
        lax.AssertSucceeded();
        Assert.AreEqual(
            $"unreadable files: 1\n  {broken}: The file is empty.\n  Mend or remove them.\n1 finding in 4 images.\n", lax.Output.ReplaceLineEndings("\n"));
        StringAssert.Contains(lax.Errors, "Outliers were not looked for: that takes 30 different images.");
        Assert.AreEqual(1, strict.ExitCode);
        StringAssert.EndsWith(strict.Errors.TrimEnd(), $"error: 1 finding in '{Path.Combine(photos, "daisy")}'. Without --strict that is no error.");
    }

    [TestMethod]
    public void A_list_is_checked_with_its_labels_and_without()
    {
        string photo = Directory.EnumerateFiles(Path.Combine(folder.Photos("photos", 1, "daisy"), "daisy")).Single();
        File.Copy(photo, folder["copy.jpg"]);
        string other = Path.GetRelativePath(folder["."], photo);
        File.WriteAllText(folder["labels.csv"], $"path,label\n{other},daisy\ncopy.jpg,roses\n");
        File.WriteAllText(folder["files.csv"], $"path\n{other}\ncopy.jpg\n");
        CommandLine labels = CommandLine.Run("check", folder["labels.csv"]), files = CommandLine.Run("check", folder["files.csv"]);
        StringAssert.Contains(labels.Output, "the same image in two classes: 2\n");
        StringAssert.Contains(files.Output, "exact duplicates: 1\n");
        StringAssert.Contains(files.Errors, "Labels were not checked: the images have none.");
    }

    [TestMethod]
    public void Files_that_are_there_and_the_data_themselves_are_not_overwritten()
    {
        File.WriteAllText(folder["list.csv"], "path,labels\na.jpg,cat\n");
        CommandLine.Run("check", folder["list.csv"], "--csv", folder["list.csv"], "--force")
            .AssertFailed($"'{folder["list.csv"]}' is what is checked. Name another file to write to.");
        CommandLine.Run("check", SpoiltPhotos.Folder, "--csv", Table).AssertFailed($"'{Table}' is there already. Add --force to replace it.");
        CommandLine.Run("check", folder["nowhere"]).AssertFailed($"The folder '{folder["nowhere"]}' does not exist.");
    }

    [TestMethod]
    public void Training_leaves_out_what_the_table_lists_and_says_how_many()
    {
        File.WriteAllLines(folder["exclude.csv"], ["path;note", .. Paths(8, "daisy").Select(path => $"{path};dark"), "gone.jpg;", ";"]);
        string photos = folder["photos"];
        CommandLine train = CommandLine.Run("train", photos, "--exclude", folder["exclude.csv"], "--output", folder["model"], "--json");
        train.AssertSucceeded();
        StringAssert.Contains(train.Errors, $"Left out 2 images that '{folder["exclude.csv"]}' lists.");
        StringAssert.Contains(train.Errors, "1 path to leave out is not among these images: 'gone.jpg'.");
        StringAssert.Contains(train.Errors, $"'{folder["exclude.csv"]}' has lines without a path, which were passed over: 5.");
        JsonElement metrics = JsonDocument.Parse(train.Output).RootElement;
        Assert.AreEqual(14, metrics.GetProperty("trainImages").GetInt32() + metrics.GetProperty("validationImages").GetInt32());
        string report = File.ReadAllText(Path.Combine(folder["model"], "report.html"));
        StringAssert.Contains(report, "--exclude");
        StringAssert.Contains(report, "Left out 2 images");

        CommandLine evaluate = CommandLine.Run("evaluate", folder["model"], photos, "--exclude", folder["exclude.csv"], "--json");
        evaluate.AssertSucceeded();
        Assert.AreEqual(14, JsonDocument.Parse(evaluate.Output).RootElement.GetProperty("validationImages").GetInt32());

        CommandLine featurize = CommandLine.Run("featurize", photos, "--exclude", folder["exclude.csv"], "--output", folder["photos.csv"], "--json");
        featurize.AssertSucceeded();
        Assert.AreEqual(14, JsonDocument.Parse(featurize.Output).RootElement.GetProperty("rows").GetInt32());
        StringAssert.Contains(featurize.Errors, "Left out 2 images");
    }

    [TestMethod]
    [DataRow("train")]
    [DataRow("sweep")]
    public void A_class_that_is_left_out_whole_is_an_error(string verb)
    {
        File.WriteAllLines(folder["exclude.csv"], ["path", .. Paths(3, "daisy")]);
        CommandLine.Run(verb, folder["photos"], "--exclude", folder["exclude.csv"]).AssertFailed(
            $"Class 'daisy' has no images in '{folder["photos"]}'. Add images, remove the folder, or leave such classes out with --allow-missing-classes.");
    }

    [TestMethod]
    public void A_file_without_a_column_of_paths_is_named()
    {
        File.WriteAllText(folder["exclude.csv"], "name,kind\na.jpg,dark\n");
        CommandLine.Run("train", TemporaryFolder.Flowers, "--exclude", folder["exclude.csv"]).AssertFailed(
            $"The first line of '{folder["exclude.csv"]}' has the columns 'name', 'kind', and none named path. "
            + "Name the column of the images to leave out so.");
        CommandLine.Run("sweep", TemporaryFolder.Flowers, "--exclude", folder["none.csv"])
            .AssertFailed($"The list of images to leave out, '{folder["none.csv"]}', does not exist.");
    }

    [TestMethod]
    public async Task The_page_shows_the_images_of_each_kind_without_a_network()
    {
        if (!File.Exists(Chromium)) Assert.Inconclusive($"There is no {Chromium}. `apt-get install chromium` brings it.");
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await playwright.Chromium.LaunchAsync(
            new() { ExecutablePath = Chromium, Args = ["--no-sandbox", "--disable-gpu"] });
        IPage tab = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 360, Height = 900 } });
        var messages = new List<string>();
        tab.Console += (_, message) => messages.Add(message.Text);
        tab.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("data:", StringComparison.Ordinal) && request.Url != new Uri(Page).AbsoluteUri) messages.Add(request.Url);
        };
        await tab.GotoAsync(new Uri(Page).AbsoluteUri);
        Assert.IsEmpty(messages);
        string[] headings =
            [.. SpoiltPhotos.Report.ByKind.Select(kind => $"{char.ToUpperInvariant(kind.Key[0])}{kind.Key[1..]}: {kind.Count()}")];
        CollectionAssert.AreEqual(headings.Append("Configuration").ToArray(), (await tab.Locator("h2").AllInnerTextsAsync()).ToArray());
        int[] widths = await tab.EvaluateAsync<int[]>("[...document.images].map(image => image.naturalWidth)");
        Assert.IsGreaterThan(15, widths.Length);
        Assert.IsTrue(widths.All(width => width > 0), "every image decodes");
        Assert.AreEqual(360, await tab.EvaluateAsync<int>("document.documentElement.scrollWidth"), "nothing is wider than a phone");
    }

    /// <summary>Eight photos of two classes each, and the paths of some daisies.</summary>
    private string[] Paths(int perClass, string label) =>
        [.. Directory.EnumerateFiles(Path.Combine(folder.Photos("photos", perClass, "daisy", "roses"), label)).Order().Take(perClass == 3 ? 3 : 2)];
}
