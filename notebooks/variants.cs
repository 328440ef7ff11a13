#:project ../src/Trainer/Trainer.csproj

// %% [markdown]
// # One variant at a time
//
// ResNet changed in small steps, each with a reason. This notebook takes them one by one and computes what the papers say: parameters and multiply-accumulates
// (MACs) at 224 x 224 pixels, what a block reads of its input, how far it sees. Nothing is trained, nothing is downloaded.

// %%
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Analysis;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.Backbones.Weights;
using ResNetMLNet.MLNetPipelines;
using TorchSharp;

void Costs(params string[] names) => Show.Table(["model", "parameters (M)", "MACs (G)"], names.Select(name =>
{
    BackboneCost cost = BackboneCost.Of(BackboneRegistry.Find(name));
    return new object?[] { name, Math.Round(cost.Parameters / 1e6, 2), Math.Round(cost.MultiplyAccumulates / 1e9, 2) };
}));

// %% [markdown]
// ## A to D: the same block, less thrown away
//
// He et al. 2018, [arXiv:1812.01187](https://arxiv.org/abs/1812.01187), section 4. Where a stage begins, the block halves height and width.
//
// - **A** (the original) has the stride on the first 1x1 convolution.
// - **B** has it on the 3x3.
// - **C** is B with a stem of three 3x3 convolutions in place of one 7x7.
// - **D** is C, and its shortcut averages 2x2 pixels before its 1x1 convolution, which then needs no stride.

// %%
Costs("resnet50a", "resnet50", "resnet50c", "resnet50d");

// %% [markdown]
// A 1x1 convolution with stride 2 reads one pixel in four. The gradient of a block's output with respect to its input shows what is read:

// %%
Show.Table(["model", "read by the block", "read by its shortcut"], new[] { "resnet50a", "resnet50", "resnet50d" }.Select(name =>
{
    BackboneSpec spec = BackboneRegistry.Find(name);
    return new object?[] { name, $"{BlockAnalysis.BlockCoverage(spec):P0}", $"{BlockAnalysis.ShortcutCoverage(spec):P0}" };
}));

// %%
PlotModel Reads(string title, int kernel)
{
    const int size = 8;
    var plot = new PlotModel { Title = title, TitleFontSize = 14 };
    plot.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Minimum = -0.6, Maximum = size - 0.4, IsAxisVisible = false });
    plot.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Minimum = -0.6, Maximum = size - 0.4, IsAxisVisible = false });
    var read = new ScatterSeries { MarkerType = MarkerType.Square, MarkerSize = 11, MarkerFill = OxyColors.SteelBlue };
    var lost = new ScatterSeries { MarkerType = MarkerType.Square, MarkerSize = 11, MarkerFill = OxyColors.LightGray };
    // An output at every second pixel reads those that are at most half a kernel away.
    bool IsRead(int i) => Enumerable.Range(0, size / 2).Any(output => Math.Abs(2 * output - i) <= kernel / 2);
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++) (IsRead(x) && IsRead(y) ? read : lost).Points.Add(new ScatterPoint(x, y));
    plot.Series.Add(lost);
    plot.Series.Add(read);
    return plot;
}

Show.Plot(Reads("1x1, stride 2", kernel: 1), 240, 260);
Show.Plot(Reads("3x3, stride 2", kernel: 3), 240, 260);

// %% [markdown]
// The deep stem of C sees as far as the 7x7, with more non-linearity between:

// %%
foreach (string name in new[] { "resnet50", "resnet50c" })
{
    Show.Table([$"stem of {name}", "output", "receptive field", "MACs (M)"], BackboneCost.Of(BackboneRegistry.Find(name)).Layers
        .TakeWhile(layer => !layer.Name.StartsWith("layer1", StringComparison.Ordinal)).Where(layer => layer.MultiplyAccumulates > 0)
        .Select(layer => new object?[]
        {
            $"{layer.Name} ({layer.Kernel}x{layer.Kernel})", $"{layer.Output.Channels} x {layer.Output.Height} x {layer.Output.Width}", layer.ReceptiveField,
            Math.Round(layer.MultiplyAccumulates / 1e6, 1),
        }));
}

// %% [markdown]
// ## ResNeXt: many narrow paths
//
// Xie et al. 2016, [arXiv:1611.05431](https://arxiv.org/abs/1611.05431), figure 3: a block of 32 paths can be written as a sum of paths, with the paths concatenated early, or as
// one grouped convolution. The three have the same weights and give the same numbers; only the last is fast.

// %%
torch.random.manual_seed(1);
var forms = new ResNeXtForms(channels: 256, cardinality: 32, width: 4);
torch.Tensor x = torch.randn(1, 256, 14, 14), reference = forms.SplitTransformSum.Run(x);
Show.Table(["form", "parameters", "largest difference from (a)"], new[]
{
    ("(a) split, transform, sum", forms.SplitTransformSum), ("(b) early concatenation", forms.EarlyConcatenation), ("(c) grouped convolution", forms.GroupedConvolution),
}.Select(form => new object?[] { form.Item1, form.Item2.Parameters, $"{(form.Item2.Run(x) - reference).abs().max().item<float>():0.0E-0}" }));
Costs("resnet50", "resnext50_32x4d");

// %% [markdown]
// Groups divide a convolution's parameters, so that for the same cost the block can be wider:

// %%
var groups = new PlotModel { Title = "A 3x3 convolution from 128 to 128 channels", TitleFontSize = 14 };
groups.Axes.Add(new LogarithmicAxis { Position = AxisPosition.Bottom, Base = 2, Title = "groups" });
groups.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Minimum = 0, Title = "parameters (thousands)" });
var line = new LineSeries { MarkerType = MarkerType.Circle, Color = OxyColors.SteelBlue };
foreach (int count in new[] { 1, 2, 4, 8, 16, 32, 64, 128 }) line.Points.Add(new DataPoint(count, BlockAnalysis.ConvolutionParameters(128, 128, 3, count) / 1e3));
groups.Series.Add(line);
Show.Plot(groups);

// %% [markdown]
// ## Res2Net: many receptive fields in one block
//
// Gao et al. 2019, [arXiv:1904.01169](https://arxiv.org/abs/1904.01169): the 3x3 convolution becomes a chain. Each piece of the channels is added to what the piece before gave, so it
// has passed one more 3x3 and sees two pixels more; the last piece passes as it is.

// %%
var fields = new PlotModel { Title = "Receptive field of each piece, in pixels of the block's input", TitleFontSize = 14 };
var scales = new CategoryAxis { Position = AxisPosition.Left };
var bars = new BarSeries { FillColor = OxyColors.SteelBlue, LabelFormatString = "{0}", LabelPlacement = LabelPlacement.Inside, TextColor = OxyColors.White };
foreach ((int field, int piece) in BlockAnalysis.ReceptiveFields((Res2Net)BackboneRegistry.Find("res2net50_26w_8s").Block).Select((field, piece) => (field, piece)).Reverse())
{
    scales.Labels.Add($"piece {piece + 1}");
    bars.Items.Add(new BarItem(field));
}
fields.Axes.Add(scales);
fields.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Minimum = 0 });
fields.Series.Add(bars);
Show.Plot(fields);
Costs("resnet50", "res2net50_26w_4s", "res2net50_26w_8s", "res2next50");

// %% [markdown]
// ## SE, SK and ResNeSt: attention to channels
//
// - **SE** (Hu et al. 2017, [arXiv:1709.01507](https://arxiv.org/abs/1709.01507)) scales each channel by a number between 0 and 1 that the whole image decides.
// - **SK** (Li et al. 2019, [arXiv:1903.06586](https://arxiv.org/abs/1903.06586)) chooses between kernel sizes, channel by channel.
// - **ResNeSt** (Zhang et al. 2020, [arXiv:2004.08955](https://arxiv.org/abs/2004.08955)) chooses between splits of a ResNeXt block.

// %%
Costs([.. BackboneRegistry.All.Select(spec => spec.Name).Where(name => name is "resnet50d" or "seresnet50" or "skresnet18" or "skresnet34" or "resnest14d" or "resnest50d")]);

// %% [markdown]
// SK and ResNeSt weigh their choices with a softmax, so the weights of a channel sum to 1. Here is what they are for a photo, in a network with random weights: every choice
// gets about as much. `InitialWeights.Best` in place of `InitialWeights.Fresh` downloads trained ones, and the choices drift apart.

// %%
string photo = ImageFolder.List(Checkout.Find("samples", "flowers"))[0].ImagePath;
Show.Pictures([("the photo", ImageThumbnail.Jpeg(photo, 160))]);

Backbone resnest = BackboneRegistry.Create("resnest14d", InitialWeights.Fresh);
resnest.eval();
InputSpec input = resnest.Spec.Input;
byte[] pixels = new byte[input.ImageSize * input.ImageSize * 3];
new ImagePreprocessor(new ImagePreprocessing { ImageSize = input.ImageSize, CropFraction = input.CropFraction }).Load(photo, pixels);
torch.Tensor mean = torch.tensor(new[] { (float)input.Mean.R, (float)input.Mean.G, (float)input.Mean.B });
torch.Tensor deviation = torch.tensor(new[] { (float)input.Std.R, (float)input.Std.G, (float)input.Std.B });
torch.Tensor image = ((torch.tensor(pixels).reshape(1, input.ImageSize, input.ImageSize, 3).to(torch.float32) / 255 - mean) / deviation).permute(0, 3, 1, 2);
IReadOnlyList<torch.Tensor> attention = BlockAnalysis.AttentionWeights(resnest, image);
Show.Table(["block", "channels", "mean of choice 1", "smallest", "largest", "sum of a channel's"], attention.Select((weights, block) => new object?[]
{
    $"{block + 1}", weights.shape[2], Math.Round(weights[0].mean().item<float>(), 3), Math.Round(weights[0].min().item<float>(), 3),
    Math.Round(weights[0].max().item<float>(), 3), Math.Round(weights.sum(dim: 0).mean().item<float>(), 3),
}));

// %% [markdown]
// ## The whole family
//
// Accuracy of the best public weights on ImageNet against the multiply-accumulates of the network, at the image size that the weights were evaluated with.

// %%
var family = new PlotModel { Title = "Best public weights", TitleFontSize = 14 };
family.Axes.Add(new LogarithmicAxis { Position = AxisPosition.Bottom, Title = "MACs (G)" });
family.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = "ImageNet top-1 (%)" });
var models = new ScatterSeries { MarkerType = MarkerType.Circle, MarkerFill = OxyColors.SteelBlue, MarkerSize = 4 };
foreach (BackboneSpec spec in BackboneRegistry.All)
{
    if (PretrainedWeights.For(spec).MaxBy(weights => weights.Top1) is { } best)
        models.Points.Add(new ScatterPoint(BackboneCost.Of(spec, best.EvaluationSize).MultiplyAccumulates / 1e9, best.Top1));
}
family.Series.Add(models);
Show.Plot(family);

// %%
forms.Dispose();
resnest.Dispose();
foreach (torch.Tensor weights in attention) weights.Dispose();
