using System.Globalization;
using System.Reflection;

namespace Trainer.Tests;

/// <summary>Every recipe of samples/Recipes on samples/flowers. The bounds leave room for the chance of a small test set.</summary>
[TestClass]
public sealed class RecipesTests
{
    private static readonly MethodInfo program = Assembly.Load("Recipes").EntryPoint!;

    [TestMethod]
    [DataRow("binary", "AUC", 0.9)] // measured: 0.965
    [DataRow("multiclass", "Accuracy", 0.7)]
    [DataRow("regression", "R²", 0.7)] // measured: 0.846
    [DataRow("anomaly", "AUC", 0.75)] // measured: 0.885
    [DataRow("finetuning", "AUC", 0.9, true)] // measured: 1.000
    [DataRow("labels", "F1", 0.6, true)] // measured: 0.867
    [DataRow("customblock", "Accuracy", 0.3)] // measured: 0.425; five classes
    [DataRow("clustering", "Normalized mutual information", 0.2)] // measured: 0.324; clusters by chance have 0.05
    public void A_recipe_reaches_the_quality_that_it_is_for(string recipe, string figure, double atLeast, bool half = false)
    {
        using var folder = new TemporaryFolder();
        // Half of the photos are enough where each goes through a network more than once, or is not in the cache.
        string photos = half ? folder.Photos("photos", 20, "daisy", "dandelion", "roses", "sunflowers", "tulips") : TemporaryFolder.Flowers;
        string[] arguments = [recipe, photos];
        // One as a user runs it; the others without a process to start.
        CommandLine run = recipe == "binary"
            ? CommandLine.RunProgram("dotnet", [program.Module.Assembly.Location, .. arguments])
            : CommandLine.InProcess(() => (int)program.Invoke(null, [arguments])!);

        run.AssertSucceeded();
        string output = run.Output.TrimEnd();
        Assert.AreEqual("", run.Errors);
        Assert.StartsWith($"{figure}: ", output);
        Assert.IsGreaterThan(atLeast, double.Parse(output[(figure.Length + 2)..], CultureInfo.InvariantCulture));
    }
}
