using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Attention;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace Repository.Tests;

/// <summary>The examples of the README and of the pages in docs are this code, and this code runs.</summary>
[TestClass]
public sealed class ReadMeTests
{
    private const string Start = "        // <readme>\n", End = "        // </readme>\n";

    public required TestContext TestContext { get; set; }

    /// <summary>README.zh.md has what README.md has: <see cref="DocumentTests"/>.</summary>
    [TestMethod]
    public void Each_example_is_the_code_below_and_is_in_one_document()
    {
        string[] examples = [.. RepositoryFiles.Read("tests/Repository.Tests/ReadMeTests.cs").Split(Start).Skip(1)
            .Select(rest => rest.Split(End)[0])];
        Assert.HasCount(6, examples);
        foreach (string example in examples)
        {
            string block = $"\n\n{example.Replace("\n        ", "\n").TrimStart()}```";
            string[] documents = [.. Documents.Pages.Where(page => page.Text.Contains(block, StringComparison.Ordinal))
                .Select(page => page.Path)];
            Assert.HasCount(1, documents, $"{string.Join(", ", documents)}:{block}");
        }
    }

    [TestMethod]
    public void A_spec_of_ones_own_is_made_in_two_lines()
    {
        // <readme>
        // A spec of your own trains, exports and is counted like those of the catalog:
        BackboneSpec mine = BackboneRegistry.Find("res2net50d") with { Name = "se_res2net50d", Classes = 5, Block = new Res2Net { Attention = new SqueezeExcite() } };
        using var backbone = new Backbone(mine);
        // </readme>
        Assert.IsGreaterThan(BackboneCost.Of(BackboneRegistry.Find("res2net50d") with { Classes = 5 }).Parameters, BackboneCost.Of(backbone.Spec).Parameters);
    }

    [TestMethod]
    public Task The_example_runs() => InFolder(() =>
    {
        Directory.CreateDirectory("flowers-model");
        using (Backbone backbone = BackboneRegistry.Create("resnet18_mlnet")) OnnxExporter.Export(backbone, "flowers-model/backbone.onnx");
        Example();
        return Task.CompletedTask;
    });

    [TestMethod]
    public Task Training_in_a_program_runs() => InFolder(async () =>
    {
        await Training();
        foreach (string file in new[] { "model.zip", "backbone.onnx", "report.html", "MODEL_CARD.md" }) Assert.IsTrue(File.Exists(Path.Combine("flowers-tuned", file)), file);
        using Backbone backbone = BackboneRegistry.Create("resnet18_mlnet", "flowers.safetensors");
    });

    [TestMethod]
    public Task Training_in_a_pipeline_runs() => InFolder(() =>
    {
        Pipeline();
        using ImageClassifier classifier = ImageClassifier.Load("tuned.zip");
        Assert.HasCount(5, classifier.Classes);
        return Task.CompletedTask;
    });

    [TestMethod]
    public Task Programs_use_the_model() => InFolder(async () =>
    {
        var options = new TrainingOptions { ResultFolder = "flowers-model" };
        (await BackboneTrainer.TrainAsync(
            ImageDataSet.FromFolder("samples/flowers"), options, cancellationToken: TestContext.CancellationToken)).Dispose();
        Classify();
        await using WebApplication app = Serve(["--urls=http://127.0.0.1:0"]);
        await app.StartAsync(TestContext.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        Assert.AreEqual("Healthy", await client.GetStringAsync("/health", TestContext.CancellationToken));

        using var photo = new ByteArrayContent(File.ReadAllBytes(ImageFolder.List("samples/flowers")[0].ImagePath));
        using HttpResponseMessage ranked = await client.PostAsync("/classify", photo, TestContext.CancellationToken);
        Assert.AreEqual(HttpStatusCode.OK, ranked.StatusCode);
        StringAssert.Contains(await ranked.Content.ReadAsStringAsync(TestContext.CancellationToken), "\"label\":\"daisy\"");

        using var text = new StringContent("not an image");
        using HttpResponseMessage refused = await client.PostAsync("/classify", text, TestContext.CancellationToken);
        Assert.AreEqual(HttpStatusCode.BadRequest, refused.StatusCode);
        await app.StopAsync(TestContext.CancellationToken);
    });

    private static void Classify()
    {
        // <readme>
        using ImageClassifier classifier = ImageClassifier.Load("flowers-model/model.zip");
        foreach (ImagePrediction photo in classifier.Predict(Directory.EnumerateFiles("samples/flowers/roses")))
        {
            string answer = photo.Ranking is [ClassProbability best, ..] ? $"{best.Label} {best.Probability:F3}" : $"{photo.Error}";
            Console.WriteLine($"{photo.Path}: {answer}");
        }
        // </readme>
    }

    private static WebApplication Serve(string[] args)
    {
        // <readme>
        WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
        builder.Services.AddImageClassifier("flowers-model/model.zip");
        builder.Services.AddHealthChecks().AddImageClassifier();

        WebApplication app = builder.Build();
        app.MapHealthChecks("/health");
        app.MapPost("/classify", async (HttpRequest request, ImageClassificationService flowers, CancellationToken stop) =>
        {
            try
            {
                ImagePrediction photo = await flowers.PredictAsync(request.Body, stop);
                return Results.Ok(photo.Ranking);
            }
            catch (UnreadableImageException e)
            {
                return Results.BadRequest(e.Message);
            }
            catch (ImageQueueFullException)
            {
                return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
            }
        });
        // </readme>
        return app;
    }

    private static async Task InFolder(Func<Task> work)
    {
        string before = Environment.CurrentDirectory;
        string folder = Directory.CreateTempSubdirectory("readme-tests").FullName;
        try
        {
            Environment.CurrentDirectory = folder;
            CopyPhotos(4);
            await work();
        }
        finally
        {
            Environment.CurrentDirectory = before;
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task Training()
    {
        // <readme>
        using TrainingRun run = await BackboneTrainer.TrainAsync(
            ImageDataSet.FromFolder("samples/flowers"),
            new TrainingOptions { Backbone = "resnet18_mlnet", Tune = Tune.LastStage, Recipe = Recipe.FineTune with { Epochs = 2 } },
            TrainingEvent.On<EpochRecord>(epoch => Console.WriteLine($"epoch {epoch.Epoch}: accuracy {epoch.ValidationAccuracy:F3}")));

        Console.WriteLine($"accuracy {run.Report.Accuracy:F3}, {run.Metrics.Problems.Count} problems of the data");
        run.Save("flowers-tuned");                          // model.zip, backbone.onnx, report.html, MODEL_CARD.md
        run.Backbone.SaveWeights("flowers.safetensors");    // the TorchSharp network
        // </readme>
    }

    private static void Pipeline()
    {
        // <readme>
        var mlContext = new MLContext(seed: 1);
        DataOperationsCatalog.TrainTestData photos = mlContext.Data.TrainTestSplit(mlContext.Data.LoadImageFolder("samples/flowers"), testFraction: 0.25);

        var training = new TrainingOptions { Backbone = "resnet18_mlnet", Tune = Tune.LastStage, Recipe = Recipe.FineTune with { Epochs = 2 } };
        var pipeline = mlContext.MulticlassClassification.Trainers.FineTunedBackbone(new FineTuningOptions { Training = training })
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        ITransformer model = pipeline.Fit(photos.TrainSet);

        Console.WriteLine($"accuracy {mlContext.MulticlassClassification.Evaluate(model.Transform(photos.TestSet)).MicroAccuracy:F3}");
        mlContext.Model.Save(model, photos.TrainSet.Schema, "tuned.zip");
        // </readme>
        ((IDisposable)model).Dispose();
    }

    private static void Example()
    {
        // <readme>
        var mlContext = new MLContext(seed: 1);
        IDataView photos = mlContext.Data.LoadImageFolder("samples/flowers");

        // Outside the pipeline, so that its model takes images without labels:
        var labels = mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(photos);

        var pipeline = mlContext.Transforms.FeaturizeImages("Features", "ImagePath", "flowers-model/backbone.onnx")
            .AppendCacheCheckpoint(mlContext)
            .Append(mlContext.MulticlassClassification.Trainers.SdcaMaximumEntropy())
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        ITransformer model = pipeline.Fit(labels.Transform(photos));
        mlContext.Model.Save(model, photos.Schema, "flowers.zip");

        // Anywhere else, with nothing to register:
        ITransformer loaded = mlContext.Model.Load("flowers.zip", out _);
        // </readme>
        // Not disposed of: the model would be with it.
        PredictionEngine<PhotoOnly, Prediction> engine = mlContext.Model.CreatePredictionEngine<PhotoOnly, Prediction>(loaded);
        LabeledImage photo = ImageFolder.List("samples/flowers")[0];
        Assert.AreEqual(photo.Label, engine.Predict(new PhotoOnly { ImagePath = photo.ImagePath }).PredictedLabel);

        using (ImageClassifier classifier = ImageClassifier.Load("flowers.zip"))
        {
            classifier.ExportOnnx("flowers.onnx");
            using var explainer = new ImageExplainer(classifier);
            Assert.IsGreaterThan(0, explainer.Explain(ImageFolder.List("samples/flowers")[0].ImagePath).Values.Max());
        }

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

    private sealed class PhotoOnly
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";
    }
}
