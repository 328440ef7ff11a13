using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>An ML.NET classifier that is made to have numbers of somebody else's.</summary>
[TestClass]
public sealed class GivenHeadTests
{
    private const int Width = 16;
    private static readonly string[] Classes = ["blue", "green", "red"];
    private readonly MLContext mlContext = new(seed: 1);
    private readonly LinearHead head;
    private readonly LabeledFeatures[] images;

    public GivenHeadTests()
    {
        var random = new Random(1);
        head = new([.. Classes.Select(_ => Numbers(-5, 5))], Numbers(-1, 1)[..Classes.Length]);
        images = [.. Enumerable.Range(0, 50).Select(_ => new LabeledFeatures("", "", Numbers(0, 3)))];

        float[] Numbers(float least, float most) => [.. Enumerable.Range(0, Width)
            .Select(_ => least + ((most - least) * random.NextSingle()))];
    }

    [TestMethod]
    public void The_probabilities_are_those_of_the_numbers()
    {
        AssertProbabilities(ClassificationHead.Of(mlContext, head, Classes));
    }

    [TestMethod]
    public void It_may_take_features_as_they_are()
    {
        LinearHead plain = head with { Weights = [.. head.Weights.Select(row => row.Select(weight => weight / 5).ToArray())], Steps = [] };
        ITransformer model = ClassificationHead.Of(mlContext, plain, Classes);
        IDataView scored = model.Transform(LabeledFeatures.ToDataView(mlContext, images));
        foreach ((LabeledFeatures image, float[] got) in images.Zip(scored.GetColumn<float[]>("Score")))
        {
            double[] scores = [.. plain.Weights.Zip(plain.Biases,
                (row, bias) => Math.Exp(bias + row.Zip(image.Features, (weight, x) => (double)weight * x).Sum()))];
            for (int i = 0; i < scores.Length; i++) Assert.AreEqual(scores[i] / scores.Sum(), got[i], 1e-5);
        }
    }

    [TestMethod]
    public void The_numbers_are_saved_with_it()
    {
        IDataView data = LabeledFeatures.ToDataView(mlContext, images);
        using var file = new MemoryStream();
        mlContext.Model.Save(ClassificationHead.Of(mlContext, head, Classes), data.Schema, file);
        file.Position = 0;
        ITransformer loaded = new MLContext().Model.Load(file, out _);
        AssertProbabilities(loaded);
        LinearHead read = LinearHead.Of((IEnumerable<ITransformer>)loaded, Classes.Length)!;
        CollectionAssert.AreEqual(head.Biases, read.Biases);
        foreach ((float[] given, float[] got) in head.Weights.Zip(read.Weights)) CollectionAssert.AreEqual(given, got);
    }

    private void AssertProbabilities(ITransformer model)
    {
        IDataView scored = model.Transform(LabeledFeatures.ToDataView(mlContext, images));
        foreach ((LabeledFeatures image, float[] got, string predicted) in images.Zip(scored.GetColumn<float[]>("Score"),
            scored.GetColumn<string>("PredictedLabel")))
        {
            double[] wanted = Probabilities(head, image.Features);
            for (int i = 0; i < wanted.Length; i++) Assert.AreEqual(wanted[i], got[i], 1e-5);
            Assert.AreEqual(Classes[Array.IndexOf(wanted, wanted.Max())], predicted);
        }
    }

    private static double[] Probabilities(LinearHead head, float[] features)
    {
        double length = Math.Sqrt(features.Sum(x => (double)x * x));
        double[] scores = [.. head.Weights.Zip(head.Biases, (row, bias) =>
            Math.Exp(bias + (row.Zip(features, (weight, x) => (double)weight * x).Sum() / length)))];
        return [.. scores.Select(score => score / scores.Sum())];
    }
}
