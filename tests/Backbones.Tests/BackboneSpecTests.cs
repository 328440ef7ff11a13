using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Blocks;

namespace Backbones.Tests;

[TestClass]
public sealed class BackboneSpecTests
{
    private static readonly BackboneSpec ResNet50 = BackboneRegistry.Find("resnet50");

    [TestMethod]
    public void Unknown_name_suggests_the_nearest_variant()
    {
        var error = Assert.ThrowsExactly<UnknownBackboneException>(() => BackboneRegistry.Find("resnet50e"));
        StringAssert.Matches(error.Message, new(@"^Unknown backbone 'resnet50e'\. Did you mean 'resnet50\w?'\?$"));
    }

    [TestMethod]
    public void Names_are_unique() => CollectionAssert.AllItemsAreUnique(BackboneRegistry.All.Select(spec => spec.Name).ToArray());

    [TestMethod]
    public void Specs_that_say_the_same_are_equal() =>
        Assert.AreEqual(BackboneRegistry.Find("resnet50d"),
            ResNet50 with { Name = "resnet50d", Stem = Stem.Deep(32), Shortcut = Shortcut.AveragePool });

    [TestMethod]
    public void A_and_B_have_the_same_parameters_and_differ_in_cost()
    {
        BackboneCost a = BackboneCost.Of(BackboneRegistry.Find("resnet50a")), b = BackboneCost.Of(ResNet50);
        Assert.AreEqual(b.Parameters, a.Parameters);
        Assert.IsLessThan(b.MultiplyAccumulates, a.MultiplyAccumulates);
        CollectionAssert.AreEqual(b.Stages.ToArray(), a.Stages.ToArray());
    }

    [TestMethod]
    public void Stages_halve_the_picture_five_times_in_all() =>
        CollectionAssert.AreEqual(
            new FeatureMap[] { new(256, 56, 56), new(512, 28, 28), new(1024, 14, 14), new(2048, 7, 7) },
            BackboneCost.Of(ResNet50).Stages.ToArray());

    [TestMethod]
    public void A_stage_without_blocks_is_refused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new Backbone(ResNet50 with { Depths = new(3, 0, 6, 3) }));
        Assert.AreEqual("Backbone 'resnet50' has a stage of 0 blocks in depths 3-0-6-3; each stage needs at least one.", error.Message);
    }

    [TestMethod]
    public void Classes_are_the_users_choice() =>
        Assert.AreEqual(BackboneCost.Of(ResNet50).Parameters - 995 * 2049, BackboneCost.Of(ResNet50 with { Classes = 5 }).Parameters);
}
