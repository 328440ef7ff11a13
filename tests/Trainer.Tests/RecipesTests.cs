using System.Diagnostics;
using System.Globalization;

namespace Trainer.Tests;

/// <summary>Every recipe of samples/Recipes, run as a program on samples/flowers. The bounds leave room for the chance of a small test set.</summary>
[TestClass]
public sealed class RecipesTests
{
    [TestMethod]
    [DataRow("binary", "AUC", 0.9)] // measured: 0.965
    [DataRow("multiclass", "Accuracy", 0.7)]
    [DataRow("regression", "R²", 0.7)] // measured: 0.846
    [DataRow("anomaly", "AUC", 0.75)] // measured: 0.885
    [DataRow("finetuning", "AUC", 0.9)]
    [DataRow("labels", "F1", 0.6)]
    [DataRow("customblock", "Accuracy", 0.3)] // measured: 0.425; five classes
    [DataRow("clustering", "Normalized mutual information", 0.2)] // measured: 0.324; clusters by chance have 0.05
    public void A_recipe_reaches_the_quality_that_it_is_for(string recipe, string figure, double atLeast)
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Recipes.dll"), recipe, TemporaryFolder.Flowers])
        {
            Environment = { ["RESNETMLNET_CACHE"] = TestCache.Path },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd().TrimEnd();
        process.WaitForExit();

        Assert.AreEqual("", errors.Result);
        Assert.StartsWith($"{figure}: ", output);
        Assert.IsGreaterThan(atLeast, double.Parse(output[(figure.Length + 2)..], CultureInfo.InvariantCulture));
    }
}
