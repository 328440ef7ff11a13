// Five tasks on the features of one backbone, and three that train by themselves, each a file of its own here:
//   dotnet run -c Release --project samples/Recipes -- binary|multiclass|regression|anomaly|clustering|finetuning|labels|customblock [FOLDER]
// FOLDER has a folder of photos for each class; samples/flowers suits all of them. Features are kept in the user's cache folder, so a second run is quick.
using ImageRecipes;
using Microsoft.ML;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;

Dictionary<string, Func<MLContext, string, string, string>> recipes = new()
{
    ["binary"] = Binary.Run,
    ["multiclass"] = Multiclass.Run,
    ["regression"] = Regression.Run,
    ["anomaly"] = Anomaly.Run,
    ["clustering"] = Clustering.Run,
    ["finetuning"] = (mlContext, folder, _) => FineTuning.Run(mlContext, folder),
    ["labels"] = (mlContext, folder, _) => Labels.Run(mlContext, folder),
    ["customblock"] = (_, folder, _) => CustomBlock.Run(folder),
};
if (args.Length == 0 || !recipes.TryGetValue(args[0], out Func<MLContext, string, string, string>? recipe))
{
    Console.Error.WriteLine($"Name one of the recipes: {string.Join(", ", recipes.Keys)}.");
    return 1;
}

// The file is what `resnet-mlnet export resnet18_mlnet --stages --output backbone.onnx` writes.
string backbone = Path.Combine(Path.GetTempPath(), $"recipes-{Environment.ProcessId}.onnx");
using (Backbone network = BackboneRegistry.Create("resnet18_mlnet")) OnnxExporter.Export(network, backbone, new OnnxExportOptions { Stages = true });
try
{
    Console.WriteLine(recipe(new MLContext(seed: 1), args.Length > 1 ? args[1] : "samples/flowers", backbone));
    return 0;
}
finally
{
    File.Delete(backbone);
}
