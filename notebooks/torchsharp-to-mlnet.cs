#:project ../src/Trainer/Trainer.csproj

// %% [markdown]
// # From TorchSharp to ONNX to ML.NET
//
// A network of your own is a description: which block, how many, how wide. From it come the TorchSharp module, its cost, its weights by PyTorch's names, and an ONNX file
// that ML.NET uses without TorchSharp.

// %%
using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;
using TorchSharp;

var spec = new BackboneSpec
{
    Name = "res2net14d_narrow",
    Block = new Res2Net { Scale = 4, BaseWidth = 26 },
    Stem = new DeepStem(16, 16, 32),
    Shortcut = new AveragePoolShortcut(),
    Depths = new Depths(1, 1, 1, 1),
    Planes = 32,
};
BackboneCost cost = BackboneCost.Of(spec);
Console.WriteLine(FormattableString.Invariant($"{cost.Parameters / 1e6:F2} M parameters, {cost.MultiplyAccumulates / 1e9:F2} G multiply-accumulates, {spec.FeatureWidth} features"));
Show.Table(["stage", "output"], cost.Stages.Select((map, i) => new object?[] { $"layer{i + 1}", $"{map.Channels} x {map.Height} x {map.Width}" }));

// %% [markdown]
// ## It is a TorchSharp module
//
// Trained and used like any other; its `state_dict` has the names of PyTorch's timm.

// %%
torch.random.manual_seed(1);
Backbone network = BackboneRegistry.Create(spec, InitialWeights.Fresh);
network.train();
torch.Tensor images = torch.randn(4, 3, 64, 64);
torch.Tensor loss = network.Features(images).square().mean();
loss.backward();
Show.Table(["parameter", "shape", "length of its gradient"], network.named_parameters().Take(4).Select(entry => new object?[]
{
    entry.name, string.Join(" x ", entry.parameter.shape), Math.Round(entry.parameter.grad!.norm().item<float>(), 4),
}));

// %% [markdown]
// ## Weights
//
// Saved as `.safetensors`, which Python reads too; `.pth` files of PyTorch load by the same call.

// %%
string work = Directory.CreateDirectory(Checkout.Find("artifacts", "torchsharp-to-mlnet")).FullName;
string weights = Path.Combine(work, "res2net14d_narrow.safetensors");
network.SaveWeights(weights);
Backbone loaded = BackboneRegistry.Create(spec, weights);
network.eval();
loaded.eval();
Console.WriteLine($"largest difference after loading: {(network.Features(images) - loaded.Features(images)).abs().max().item<float>()}");

// %% [markdown]
// ## ONNX
//
// The exported file takes pixels, uint8 [N, 224, 224, 3], and has the normalization, the mean over positions and the folded batch norms in it. Its metadata say how photos are cut.
// Here is the ResNet-18 whose ImageNet weights come with ML.NET:

// %%
string onnx = Path.Combine(work, "backbone.onnx");
Backbone resnet18 = BackboneRegistry.Create("resnet18_mlnet");
OnnxExporter.Export(resnet18, onnx);
Console.WriteLine($"{new FileInfo(onnx).Length / 1_000_000} MB");

// %% [markdown]
// ## An ML.NET pipeline
//
// `FeaturizeImages` is an estimator like those of ML.NET. What follows it is ML.NET's own.

// %%
var mlContext = new MLContext(seed: 1);
DataOperationsCatalog.TrainTestData photos = mlContext.Data.TrainTestSplit(mlContext.Data.LoadImageFolder(Checkout.Find("samples", "flowers")), testFraction: 0.25);
var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label")
    .Append(mlContext.Transforms.FeaturizeImages("Features", "ImagePath", onnx))
    .AppendCacheCheckpoint(mlContext)
    .Append(mlContext.MulticlassClassification.Trainers.LbfgsMaximumEntropy())
    .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
ITransformer model = pipeline.Fit(photos.TrainSet);
MulticlassClassificationMetrics metrics = mlContext.MulticlassClassification.Evaluate(model.Transform(photos.TestSet));
Console.WriteLine(FormattableString.Invariant($"accuracy {metrics.MicroAccuracy:F3}, log-loss {metrics.LogLoss:F3}"));

// %% [markdown]
// ## Save and load
//
// The network goes into the model's zip, so that one file is all there is to deploy. `Model.Load` needs nothing registered; `LoadImageModel` runs many photos at a time.

// %%
string zip = Path.Combine(work, "flowers.zip");
mlContext.Model.Save(model, photos.TrainSet.Schema, zip);
ITransformer again = mlContext.Model.LoadImageModel(zip, out DataViewSchema schema);
MulticlassClassificationMetrics after = mlContext.MulticlassClassification.Evaluate(again.Transform(photos.TestSet));
Console.WriteLine(FormattableString.Invariant($"accuracy after loading {after.MicroAccuracy:F3}"));

// %%
foreach (IDisposable used in new IDisposable[] { (IDisposable)again, (IDisposable)model, network, loaded, resnet18 }) used.Dispose();
