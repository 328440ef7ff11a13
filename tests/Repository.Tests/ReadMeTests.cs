using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;

namespace Repository.Tests;

/// <summary>The README's example is this code, and this code runs.</summary>
[TestClass]
public sealed class ReadMeTests
{
    [TestMethod]
    public void The_example_is_the_code_below()
    {
        string[] source = RepositoryFiles.Read("tests/Repository.Tests/ReadMeTests.cs").Split('\n');
        int start = Array.IndexOf(source, "        // <readme>"), end = Array.IndexOf(source, "        // </readme>");
        string example = string.Join('\n', source[(start + 1)..end].Select(line => line.Length == 0 ? line : line[8..]));
        StringAssert.Contains(RepositoryFiles.Read("README.md"), $"using Microsoft.ML;\nusing ResNetMLNet.MLNetPipelines;\n\n{example}\n```");
    }

    [TestMethod]
    public void The_example_runs()
    {
        string before = Environment.CurrentDirectory;
        string folder = Directory.CreateTempSubdirectory("readme-tests").FullName;
        try
        {
            Environment.CurrentDirectory = folder;
            CopyPhotos(8);
            Directory.CreateDirectory("flowers-model");
            using (Backbone backbone = BackboneRegistry.Create("resnet18_mlnet")) OnnxExporter.Export(backbone, "flowers-model/backbone.onnx");
            Example();
        }
        finally
        {
            Environment.CurrentDirectory = before;
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Example()
    {
        // <readme>
        var mlContext = new MLContext(seed: 1);
        IDataView photos = mlContext.Data.LoadImageFolder("samples/flowers");

        var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label")
            .Append(mlContext.Transforms.FeaturizeImages("Features", "ImagePath", "flowers-model/backbone.onnx"))
            .AppendCacheCheckpoint(mlContext)
            .Append(mlContext.MulticlassClassification.Trainers.SdcaMaximumEntropy())
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        ITransformer model = pipeline.Fit(photos);
        mlContext.Model.Save(model, photos.Schema, "flowers.zip");

        // Anywhere else, with nothing to register:
        ITransformer loaded = mlContext.Model.Load("flowers.zip", out _);
        // </readme>
        CollectionAssert.AreEqual(
            model.Transform(photos).GetColumn<string>("PredictedLabel").ToArray(), loaded.Transform(photos).GetColumn<string>("PredictedLabel").ToArray());
        (model as IDisposable)?.Dispose();
    }

    private static void CopyPhotos(int perClass)
    {
        foreach (IGrouping<string, LabeledImage> group in ImageFolder.List(Path.Combine(RepositoryFiles.Root, "samples", "flowers")).GroupBy(image => image.Label))
        {
            string folder = Directory.CreateDirectory(Path.Combine("samples", "flowers", group.Key)).FullName;
            foreach (LabeledImage image in group.Take(perClass)) File.Copy(image.ImagePath, Path.Combine(folder, Path.GetFileName(image.ImagePath)));
        }
    }
}
