using System.Reflection;
using PublicApiGenerator;

namespace Repository.Tests;

/// <summary>Public is a promise: a change of it shows in review, in PublicApi/.</summary>
[TestClass]
public sealed class PublicApiTests
{
    [TestMethod]
    [DataRow("ResNetMLNet.Backbones")]
    [DataRow("ResNetMLNet.MLNetPipelines")]
    [DataRow("ResNetMLNet.ImageFormats")]
    [DataRow("ResNetMLNet.Trainer")]
    public void Public_API_is_the_one_that_was_reviewed(string assembly)
    {
        string path = Path.Combine("tests", "Repository.Tests", "PublicApi", $"{assembly}.txt");
        // By default the generator leaves out the namespaces of Microsoft's, and our extension methods are in Microsoft.ML.
        var options = new ApiGeneratorOptions { IncludeAssemblyAttributes = false, DenyNamespacePrefixes = [] };
        string current = Assembly.Load(assembly).GeneratePublicApi(options).ReplaceLineEndings("\n").Trim() + "\n";
        string file = Path.Combine(RepositoryFiles.Root, path);
        string reviewed = File.Exists(file) ? RepositoryFiles.Read(path) : "";
        if (current == reviewed) return;

        File.WriteAllText($"{file}.received", current);
        Assert.Fail($"The public API of {assembly} is not what {path} says. If the change is meant, move {path}.received over it.");
    }
}
