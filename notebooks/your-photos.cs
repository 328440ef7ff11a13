#:project ../src/Trainer/Trainer.csproj

// %% [markdown]
// # Your photos in ten minutes
//
// From a folder with a subfolder for each class to a classifier: look at the photos, train a head on a frozen network, see what it gets wrong and where it looks, find similar
// photos, then fine-tune. The photos here are 200 of five flowers; put your folder in their place.

// %%
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

string folder = Checkout.Find("samples", "flowers");
IReadOnlyList<LabeledImage> photos = ImageFolder.List(folder);
Show.Table(["class", "photos"], photos.CountBy(photo => photo.Label).Select(entry => new object?[] { entry.Key, entry.Value }));
Show.Pictures(photos.DistinctBy(photo => photo.Label).Select(photo => (photo.Label, ImageThumbnail.Jpeg(photo.ImagePath, 160))));

// %% [markdown]
// ## A head on a frozen network
//
// A ResNet-18 with ImageNet weights turns each photo into 512 numbers; a linear classifier learns the flowers from them. One photo in five is held back to measure it.

// %%
TrainingRun run = await BackboneTrainer.TrainAsync(ImageDataSet.FromFolder(folder), new TrainingOptions { Backbone = "resnet18_mlnet", Seed = 1 });
Console.WriteLine(FormattableString.Invariant($"accuracy {run.Report.Accuracy:F3}, log-loss {run.Report.LogLoss:F3}"));
Show.Table(["class", "precision", "recall", "photos"], run.Report.PerClass.Select(figures =>
    new object?[] { figures.Label, Math.Round(figures.Precision, 3), Math.Round(figures.Recall, 3), figures.Images }));

// %% [markdown]
// Which flower is taken for which:

// %%
var confusion = new PlotModel { Title = "Photos by class (row) and predicted class (column)", TitleFontSize = 14 };
var columns = new CategoryAxis { Position = AxisPosition.Bottom, Key = "predicted" };
var rows = new CategoryAxis { Position = AxisPosition.Left, Key = "true", StartPosition = 1, EndPosition = 0 };
columns.Labels.AddRange(run.Report.Classes);
rows.Labels.AddRange(run.Report.Classes);
int classes = run.Report.Classes.Count;
double[,] counts = new double[classes, classes];
for (int row = 0; row < classes; row++)
    for (int column = 0; column < classes; column++) counts[column, row] = run.Report.ConfusionMatrix[row][column];
confusion.Axes.Add(columns);
confusion.Axes.Add(rows);
confusion.Axes.Add(new LinearColorAxis { Position = AxisPosition.None, Palette = OxyPalette.Interpolate(100, OxyColors.White, OxyColors.SteelBlue) });
confusion.Series.Add(new HeatMapSeries
{
    X0 = 0, X1 = classes - 1, Y0 = 0, Y1 = classes - 1, XAxisKey = "predicted", YAxisKey = "true", RenderMethod = HeatMapRenderMethod.Rectangles,
    LabelFontSize = 0.3, LabelFormatString = "0", Data = counts,
});
Show.Plot(confusion, 480, 360);

// %% [markdown]
// What a person should know about these data, before believing any figure:

// %%
foreach (DataProblem problem in run.Metrics.Problems) Console.WriteLine($"{problem.Kind}: {problem.Message}");

// %% [markdown]
// ## Where it looks
//
// Grad-CAM (Selvaraju et al. 2016, [arXiv:1610.02391](https://arxiv.org/abs/1610.02391)): red is what speaks for the class.

// %%
var explainer = new ImageExplainer(run.Classifier);
Show.Pictures(photos.DistinctBy(photo => photo.Label).Select(photo =>
{
    ClassActivationMap map = explainer.Explain(photo.ImagePath);
    return (FormattableString.Invariant($"{photo.Label}: {map.Ranking[0].Label} {map.Ranking[0].Probability:P0}"), map.OverlayThumbnail(160));
}));
explainer.Dispose();

// %% [markdown]
// ## Photos like this one
//
// The same 512 numbers say which photos resemble each other: by the cosine of the angle between them.

// %%
ImageFeatures[] features = [.. run.Classifier.Featurizer.Featurize(photos.Select(photo => photo.ImagePath)).Where(image => image.Features is not null)];
var index = new EmbeddingIndex(features);
ImageFeatures query = features[^1];
Show.Pictures(index.Nearest(query.Features, 5).Select(found =>
    (FormattableString.Invariant($"{Path.GetFileName(Path.GetDirectoryName(found.Path))}, {found.Similarity:F2}"), ImageThumbnail.Jpeg(found.Path, 160))));

// %% [markdown]
// ## Fine-tuning
//
// Two epochs of the network's last stage, with the recipe `finetune`. The curve grows while it trains.

// %%
var curve = new PlotModel { Title = "Training loss", TitleFontSize = 14 };
curve.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "step", Minimum = 0, MinimumMajorStep = 1 });
curve.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Minimum = 0 });
var losses = new LineSeries { Color = OxyColors.SteelBlue, MarkerType = MarkerType.Circle };
curve.Series.Add(losses);
Action refresh = Show.Live(curve);
TrainingRun tuned = await BackboneTrainer.TrainAsync(
    ImageDataSet.FromFolder(folder),
    new TrainingOptions { Backbone = "resnet18_mlnet", Tune = Tune.LastStage, Recipe = Recipe.FineTune with { Epochs = 2 }, Seed = 1 },
    TrainingEvent.On<StepRecord>(step =>
    {
        losses.Points.Add(new DataPoint(losses.Points.Count + 1, step.Loss));
        refresh();
    }));
Show.Table(["epoch", "training loss", "validation loss", "validation accuracy"], tuned.History.Select(epoch => new object?[]
{
    epoch.Epoch, Math.Round(epoch.TrainLoss, 3), Math.Round(epoch.ValidationLoss, 3), Math.Round(epoch.ValidationAccuracy, 3),
}));

// %% [markdown]
// ## Ship it
//
// `Save` writes `model.zip` for ML.NET, `backbone.onnx`, a report to look at (`report.html`) and a model card. `ImageClassifier.Load` is all that an application needs.

// %%
string saved = Checkout.Find("artifacts", "flowers-tuned");
tuned.Save(saved, overwrite: true);
ImageClassifier classifier = TrainedModel.Load(saved);
ImagePrediction prediction = classifier.Predict([photos[0].ImagePath]).Single();
Show.Table(["class", "probability"], prediction.Ranking.Select(one => new object?[] { one.Label, Math.Round(one.Probability, 3) }));

// %%
classifier.Dispose();
tuned.Dispose();
run.Dispose();
