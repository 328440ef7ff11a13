using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Analysis;
using ResNetMLNet.Backbones.Attention;
using ResNetMLNet.Backbones.Blocks;
using static TorchSharp.torch;

namespace Backbones.Tests;

/// <summary>What the papers claim of their architectures.</summary>
[TestClass]
[DoNotParallelize] // it seeds torch's generator
public sealed class PaperTests
{
    private static BackboneSpec Find(string name) => BackboneRegistry.Find(name);

    private static BackboneCost Cost(string name) => BackboneCost.Of(Find(name));

    [TestMethod]
    [DataRow(1)]
    [DataRow(4)]
    [DataRow(32)]
    [DataRow(128)] // depthwise: one channel a group
    public void A_grouped_convolution_has_one_part_in_g_of_the_parameters(int groups) =>
        Assert.AreEqual(
            BlockAnalysis.ConvolutionParameters(128, 128, 3, groups: 1), groups * BlockAnalysis.ConvolutionParameters(128, 128, 3, groups));

    [TestMethod]
    public void A_convolution_with_as_many_groups_as_channels_is_depthwise() =>
        Assert.AreEqual(128 * 9, BlockAnalysis.ConvolutionParameters(128, 128, 3, groups: 128));

    /// <summary>Xie et al. 2016, arXiv:1611.05431, fig. 3: 256 channels, 32 paths of width 4.</summary>
    [TestMethod]
    public void The_three_forms_of_ResNeXt_give_the_same_with_as_many_parameters()
    {
        manual_seed(1);
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        using var forms = new ResNeXtForms(channels: 256, cardinality: 32, width: 4);
        Tensor x = randn(2, 256, 14, 14);
        Tensor grouped = forms.GroupedConvolution.Run(x);
        double scale = grouped.abs().max().item<float>();

        foreach (ResNeXtForm form in new[] { forms.SplitTransformSum, forms.EarlyConcatenation })
        {
            Assert.AreEqual(forms.GroupedConvolution.Parameters, form.Parameters);
            Assert.AreEqual(0, (form.Run(x) - grouped).abs().max().item<float>() / scale, 1e-5);
        }
        // 256 * 128 + 3 * 3 * 4 * 128 + 128 * 256, section 3.3.
        Assert.AreEqual(70_144, forms.GroupedConvolution.Parameters);
    }

    /// <summary>He et al. 2018, arXiv:1812.01187, section 4.1.</summary>
    [TestMethod]
    public void A_reads_a_quarter_of_its_input_and_B_all_of_it()
    {
        Assert.AreEqual(0.25, BlockAnalysis.BlockCoverage(Find("resnet50a")));
        Assert.AreEqual(1, BlockAnalysis.BlockCoverage(Find("resnet50")));
    }

    [TestMethod]
    public void The_shortcut_reads_all_of_its_input_in_D_only()
    {
        Assert.AreEqual(0.25, BlockAnalysis.ShortcutCoverage(Find("resnet50")));
        Assert.AreEqual(1, BlockAnalysis.ShortcutCoverage(Find("resnet50d")));
    }

    /// <summary>He et al. 2018, arXiv:1812.01187, table 5: 3.8, 4.1, 4.3 and 4.3 GFLOPs.</summary>
    [TestMethod]
    [DataRow("resnet50a", 3.8)]
    [DataRow("resnet50", 4.1)]
    [DataRow("resnet50c", 4.3)]
    [DataRow("resnet50d", 4.3)]
    public void The_tweaks_cost_what_the_paper_says(string name, double billions) =>
        Assert.AreEqual(billions, Cost(name).MultiplyAccumulates / 1e9, 0.07);

    [TestMethod]
    public void B_adds_no_parameter_C_a_stem_and_D_nothing_to_C()
    {
        Assert.AreEqual(Cost("resnet50a").Parameters, Cost("resnet50").Parameters);
        // 3x3 to 32, 32 and 64 channels with two more batch norms, in place of 7x7 to 64.
        Assert.AreEqual(
            27 * 32 + 9 * 32 * 32 + 9 * 32 * 64 + 4 * 32 - 49 * 3 * 64, Cost("resnet50c").Parameters - Cost("resnet50").Parameters);
        Assert.AreEqual(Cost("resnet50c").Parameters, Cost("resnet50d").Parameters);
    }

    [TestMethod]
    public void None_of_the_tweaks_changes_the_shape_of_a_stage()
    {
        foreach (string name in new[] { "resnet50a", "resnet50c", "resnet50d" })
            CollectionAssert.AreEqual(Cost("resnet50").Stages.ToArray(), Cost(name).Stages.ToArray(), name);
    }

    /// <summary>Gao et al. 2019, arXiv:1904.01169, section 3.1.</summary>
    [TestMethod]
    public void The_pieces_of_a_Res2Net_block_see_more_and_more()
    {
        CollectionAssert.AreEqual(new[] { 3, 5, 7, 1 }, BlockAnalysis.ReceptiveFields(new Res2Net { Scale = 4, BaseWidth = 26 }).ToArray());
        CollectionAssert.AreEqual(
            new[] { 3, 5, 7, 9, 11, 13, 15, 1 }, BlockAnalysis.ReceptiveFields(new Res2Net { Scale = 8, BaseWidth = 14 }).ToArray());
    }

    /// <summary>Table 1 of the paper: Res2Net-50 26w x 4s has about the complexity of ResNet-50 (4.2 G).</summary>
    [TestMethod]
    public void Res2Net_costs_about_as_much_as_the_plain_bottleneck() =>
        Assert.AreEqual(1, Cost("res2net50_26w_4s").MultiplyAccumulates / (double)Cost("resnet50").MultiplyAccumulates, 0.06);

    [TestMethod]
    [DataRow("resnest14d", 2, 4)]
    [DataRow("resnest50d_4s2x40d", 4, 16)]
    [DataRow("skresnet18", 2, 8)]
    public void Attention_weights_sum_to_one(string name, int choices, int blocks)
    {
        manual_seed(1);
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        using var backbone = new Backbone(Find(name) with { Planes = 32 });
        IReadOnlyList<Tensor> weights = BlockAnalysis.AttentionWeights(backbone, randn(2, 3, 64, 64));

        Assert.HasCount(blocks, weights);
        foreach (Tensor weight in weights)
        {
            Assert.AreEqual(choices, weight.shape[0]);
            Assert.AreEqual(0, (weight.sum(dim: 0) - 1).abs().max().item<float>(), 1e-6);
            Assert.IsGreaterThan(1e-4, weight.std().item<float>(), "the weights depend on nothing");
            weight.Dispose();
        }
    }

    /// <summary>A mix that no paper has: squeeze and excitation on Res2Net on D.</summary>
    [TestMethod]
    public void A_mix_of_ones_own_runs_trains_and_is_counted()
    {
        manual_seed(1);
        BackboneSpec mine = Find("res2net50d") with
        {
            Name = "se_res2net14d",
            Depths = new(1, 1, 1, 1),
            Classes = 3,
            Block = new Res2Net { Attention = new SqueezeExcite() }
        };
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        using var backbone = new Backbone(mine);
        Tensor loss = nn.functional.cross_entropy(backbone.call(randn(2, 3, 64, 64)), tensor([0L, 2L]));
        loss.backward();

        foreach ((string name, TorchSharp.Modules.Parameter parameter) in backbone.named_parameters())
            Assert.IsTrue(parameter.grad is not null && parameter.grad.isfinite().all().item<bool>(), name);
        Assert.AreEqual(backbone.parameters().Sum(parameter => parameter.numel()), BackboneCost.Of(mine).Parameters);
    }

    [TestMethod]
    public void A_mix_that_makes_no_sense_is_refused_with_the_reason()
    {
        Assert.AreEqual(
            "Backbone 'resnet50' has a Res2Net block of scale 1; with less than two pieces there is nothing to pass on, and it is a " +
            "bottleneck.",
            Refused(new Res2Net { Scale = 1 }));
        Assert.AreEqual("Backbone 'resnet50' has a cardinality of 0; a convolution has at least one group.", Refused(
            new Bottleneck { Cardinality = 0 }));
        Assert.AreEqual(
            "Backbone 'resnet50' has a ResNeSt block of radix 0; split attention needs at least one version of each channel.", Refused(
                new ResNeSt { Radix = 0 }));
        Assert.AreEqual(
            "Backbone 'resnet50' has a ResNeSt block whose 64 channels on 64 planes do not divide into 3 groups, cardinality times radix.",
            Refused(new ResNeSt { Radix = 3 }));

        static string Refused(Block block) =>
            Assert.ThrowsExactly<ArgumentException>(() => new Backbone(Find("resnet50") with { Block = block })).Message;
    }
}
