using Backbones.Tests.Reference;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace Backbones.Tests;

/// <summary>Every architecture against the numbers that PyTorch gives for it.</summary>
[TestClass]
public sealed class ArchitectureTests
{
    public static IEnumerable<object[]> Names => ReferenceModels.Common.Select(name => new object[] { name });

    public static IEnumerable<object[]> TrainSteps =>
        ReferenceModels.Common.Where(ReferenceModels.TrainSteps.ContainsKey).Select(name => new object[] { name });

    /// <summary>An entry without one would be left out of every test here.</summary>
    [TestMethod]
    public void Every_entry_of_the_registry_has_its_reference()
    {
        string[] names = [.. BackboneRegistry.All.Select(spec => spec.Name).Except(["resnet18_mlnet"])];
        CollectionAssert.AreEqual(names, ReferenceModels.Common.ToArray());
        CollectionAssert.AreEquivalent(names, ReferenceModels.Forwards.Keys.ToArray());
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Parameters_are_as_many_as_PyTorch_counts(string name) =>
        Assert.AreEqual(ReferenceModels.Models[name].Params, BackboneCost.Of(BackboneRegistry.Find(name)).Parameters);

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Multiply_accumulates_at_224_are_as_many_as_PyTorch_counts(string name) =>
        Assert.AreEqual(ReferenceModels.Models[name].Macs224, BackboneCost.Of(BackboneRegistry.Find(name)).MultiplyAccumulates);

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Feature_width_is_that_of_PyTorch(string name) =>
        Assert.AreEqual(ReferenceModels.Models[name].NumFeatures, BackboneRegistry.Find(name).FeatureWidth);

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void State_dict_has_the_names_and_shapes_of_PyTorch(string name)
    {
        using var backbone = new Backbone(BackboneRegistry.Find(name), META);
        string[] entries = [.. backbone.state_dict().Select(entry => $"{entry.Key} [{string.Join(", ", entry.Value.shape)}]")];
        CollectionAssert.AreEquivalent(ReferenceModels.Models[name].Entries.ToArray(), entries);
    }

    [TestMethod]
    public void Forward_features_and_stages_are_parts_of_one_run()
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        using Backbone backbone = WeightRule.Network(BackboneRegistry.Find("resnet18"));
        backbone.eval();
        Tensor images = WeightRule.Input(64);
        ReferenceModels.Forward expected = ReferenceModels.Forwards["resnet18"]["64"];
        ReferenceModels.AssertRows(expected.Logits, backbone.call(images));
        ReferenceModels.AssertRows(expected.Features, backbone.Features(images));
        ReferenceModels.AssertRows(expected.Features, backbone.Stages(images)[3].mean([2, 3]));
    }

    [TestMethod]
    public void A_backbone_outlives_the_dispose_scope_that_it_was_made_in()
    {
        Backbone backbone;
        using (TorchSharp.DisposeScope scope = NewDisposeScope()) backbone = WeightRule.Network(BackboneRegistry.Find("seresnet18"));
        backbone.eval();
        using Tensor logits = backbone.call(WeightRule.Input(64));
        ReferenceModels.AssertRows(ReferenceModels.Forwards["seresnet18"]["64"].Logits, logits);
        backbone.Dispose();
    }

    /// <summary>
    /// Computed in float64, so that the processor does not matter. The reference is float32: its loss and the classifier's gradient are off
    /// by 1e-5 at most, while batch statistics over 2 images of few pixels amplify rounding on the way back, and with ReLUs that switch, to
    /// 2.6e-3 in skresnet18's first layer.
    /// </summary>
    [TestMethod]
    [DynamicData(nameof(TrainSteps))]
    public void A_training_step_gives_the_loss_and_gradients_of_PyTorch(string name)
    {
        ReferenceModels.TrainStep expected = ReferenceModels.TrainSteps[name];
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        using Backbone backbone = WeightRule.Network(BackboneRegistry.Find(name));
        backbone.train();
        backbone.to(float64);
        Tensor loss = nn.functional.cross_entropy(backbone.call(WeightRule.Input(64).to(float64)), tensor([1L, 3L]));
        loss.backward();

        Dictionary<string, double> norms = backbone.named_parameters().ToDictionary(
            p => p.name, p => p.parameter.grad!.norm().item<double>());
        Assert.AreEqual(expected.Loss, loss.item<double>(), 2e-5 * expected.Loss);
        Assert.AreEqual(expected.FirstConvGradL2, norms[expected.FirstConv], 4e-3 * expected.FirstConvGradL2);
        Assert.AreEqual(expected.FcGradL2, norms["fc.weight"], 1e-5 * expected.FcGradL2);
        Assert.AreEqual(expected.TotalGradL2, Math.Sqrt(norms.Values.Sum(norm => norm * norm)), 4e-3 * expected.TotalGradL2);
    }
}
