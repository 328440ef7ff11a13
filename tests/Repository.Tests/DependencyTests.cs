using System.Reflection;

namespace Repository.Tests;

/// <summary>The two libraries do not know each other: the ONNX file is all that they share.</summary>
[TestClass]
public sealed class DependencyTests
{
    [TestMethod]
    public void Backbones_knows_nothing_of_MLNet() => AssertNoReference(typeof(ResNetMLNet.Backbones.Backbone), "Microsoft.ML", "ResNetMLNet.MLNetPipelines");

    [TestMethod]
    public void MLNetPipelines_knows_nothing_of_TorchSharp() =>
        AssertNoReference(typeof(ResNetMLNet.MLNetPipelines.ImageFeaturizer), "TorchSharp", "ResNetMLNet.Backbones");

    private static void AssertNoReference(Type inAssembly, params string[] forbidden)
    {
        foreach (AssemblyName reference in inAssembly.Assembly.GetReferencedAssemblies())
        {
            Assert.IsFalse(forbidden.Any(name => reference.Name == name || reference.Name!.StartsWith($"{name}.", StringComparison.Ordinal)),
                $"{inAssembly.Assembly.GetName().Name} refers to {reference.Name}");
        }
    }
}
