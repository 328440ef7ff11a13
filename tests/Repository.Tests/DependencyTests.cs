using System.Reflection;
using System.Runtime.CompilerServices;

namespace Repository.Tests;

/// <summary>Dependencies run one way: the command, the trainer, the two libraries, which do not know each other; the ONNX file is all that those share.</summary>
[TestClass]
public sealed class DependencyTests
{
    [TestMethod]
    public void Backbones_knows_nothing_of_MLNet() => AssertNoReference(typeof(ResNetMLNet.Backbones.Backbone), "Microsoft.ML", "ResNetMLNet.MLNetPipelines");

    [TestMethod]
    public void MLNetPipelines_knows_nothing_of_TorchSharp() =>
        AssertNoReference(typeof(ResNetMLNet.MLNetPipelines.ImageFeaturizer), "TorchSharp", "ResNetMLNet.Backbones");

    [TestMethod]
    public void Other_formats_know_the_pipelines_only() =>
        AssertNoReference(typeof(ResNetMLNet.ImageFormats.MagickReader), "TorchSharp", "ResNetMLNet.Backbones", "ResNetMLNet.Trainer");

    [TestMethod]
    public void The_trainer_knows_nothing_of_the_command() =>
        AssertNoReference(typeof(ResNetMLNet.Trainer.BackboneTrainer), "resnet-mlnet", "System.CommandLine", "Spectre.Console");

    /// <summary>What the command and the other libraries use is public, so that a program can use it too.</summary>
    [TestMethod]
    [DataRow(typeof(ResNetMLNet.Backbones.Backbone))]
    [DataRow(typeof(ResNetMLNet.MLNetPipelines.ImageFeaturizer))]
    [DataRow(typeof(ResNetMLNet.Trainer.BackboneTrainer))]
    public void No_library_opens_its_internals_to_what_ships(Type inAssembly)
    {
        string[] shipped = ["resnet-mlnet", "ResNetMLNet.Backbones", "ResNetMLNet.MLNetPipelines", "ResNetMLNet.ImageFormats", "ResNetMLNet.Trainer"];
        string[] friends = [.. inAssembly.Assembly.GetCustomAttributes<InternalsVisibleToAttribute>().Select(friend => friend.AssemblyName)];
        Assert.IsEmpty(friends.Intersect(shipped), string.Join(", ", friends));
    }

    private static void AssertNoReference(Type inAssembly, params string[] forbidden)
    {
        foreach (AssemblyName reference in inAssembly.Assembly.GetReferencedAssemblies())
        {
            Assert.IsFalse(forbidden.Any(name => reference.Name == name || reference.Name!.StartsWith($"{name}.", StringComparison.Ordinal)),
                $"{inAssembly.Assembly.GetName().Name} refers to {reference.Name}");
        }
    }
}
