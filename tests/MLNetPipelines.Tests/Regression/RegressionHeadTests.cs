using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>A linear function of features that gives a number.</summary>
[TestClass]
public sealed class RegressionHeadTests
{
    private const int Width = 12;
    private static readonly MLContext mlContext = new(seed: 1);

    /// <summary>Two images of one feature, worked by hand: x is -1 and 1 around its mean, so w = 2 / (2 + l2) per standard deviation.</summary>
    [TestMethod]
    [DataRow(0.0, 1.0)]
    [DataRow(2.0, 0.5)]
    public void Ridge_regression_shrinks_the_weight_and_leaves_the_mean(double l2, double weight)
    {
        (double[] weights, double bias) = new RidgeRegression([[4], [6]], [-1, 1]).Solve(l2);
        Assert.AreEqual(weight, weights.Single(), 1e-6);
        Assert.AreEqual(-5 * weight, bias, 1e-6);
    }

    /// <summary>By products of images where those are fewer than the features, and of features otherwise: the gradient is 0 either way.</summary>
    [TestMethod]
    [DataRow(8)]
    [DataRow(12)]
    [DataRow(40)]
    public void The_solution_is_the_minimum_whichever_matrix_is_solved(int images)
    {
        const double l2 = 0.3;
        (float[][] features, double[] values) = Linear(images, noise: 0.5);
        (double[] weights, double bias) = new RidgeRegression(features, values).Solve(l2);
        double[] errors = [.. features.Zip(values, (x, value) => x.Zip(weights, (feature, weight) => feature * weight).Sum() + bias - value)];
        Assert.AreEqual(0, errors.Sum(), 1e-4);
        for (int c = 0; c < Width; c++)
            Assert.AreEqual(0, features.Zip(errors, (x, error) => x[c] * error).Sum() + l2 * weights[c], 1e-3, $"feature {c}");
    }

    [TestMethod]
    public void Values_that_are_linear_are_found_in_their_own_unit()
    {
        (float[][] features, double[] values) = Linear(200, noise: 0);
        values = [.. values.Select(value => 5000 + 300 * value)];
        LinearHead head = RegressionHead.Fit(features, values);
        Assert.AreEqual(HeadLink.None, head.Link);
        double[] predicted = [.. features.Select(x => (double)head.Logits(x)[0])];
        Assert.IsGreaterThan(0.999, RegressionReport.Of(values, predicted).RSquared!.Value);
        Assert.ThrowsExactly<InvalidOperationException>(() => head.Probabilities(features[0]));
    }

    /// <summary>With noise alone there is nothing to learn, and with none nothing to forget.</summary>
    [TestMethod]
    public void Regularization_is_chosen_by_the_data()
    {
        (float[][] features, double[] clean) = Linear(100, noise: 0);
        Random random = new(3);
        double[] noise = [.. clean.Select(_ => random.NextDouble())];
        RegressionHeadOptions options = new() { Scaling = FeatureScaling.Standardized };
        Assert.AreEqual(0.01f, RegressionHead.Choose(features, clean, options).L2Regularization);
        Assert.AreEqual(10, RegressionHead.Choose(features, noise, options).L2Regularization);
        Assert.AreEqual(new RegressionHeadOptions { Scaling = FeatureScaling.UnitLength, L2Regularization = 0.3f },
            RegressionHead.Choose(features[..19], clean[..19]));
        Assert.AreEqual(2, RegressionHead.Choose(features, clean, options with { L2Regularization = 2 }).L2Regularization);
    }

    [TestMethod]
    [DataRow(FeatureScaling.UnitLength)]
    [DataRow(FeatureScaling.Standardized)]
    public void ML_NETs_model_has_the_numbers_and_saves_them(FeatureScaling scaling)
    {
        (float[][] features, double[] values) = Linear(50, noise: 0.1);
        LinearHead head = RegressionHead.Fit(features, values, new RegressionHeadOptions { Scaling = scaling });
        IDataView data = LabeledFeatures.ToDataView(mlContext, [.. features.Select(x => new LabeledFeatures("", "", x))]);
        TransformerChain<ITransformer> model = GivenHead.Regression(mlContext, head, nameof(LabeledFeatures.Features));
        using var file = new MemoryStream();
        mlContext.Model.Save(model, data.Schema, file);
        file.Position = 0;
        float[] fresh = [.. model.Transform(data).GetColumn<float>("Score")],
            loaded = [.. new MLContext().Model.Load(file, out _).Transform(data).GetColumn<float>("Score")];
        CollectionAssert.AreEqual(fresh, loaded);
        foreach ((float[] x, float score) in features.Zip(fresh)) Assert.AreEqual(head.Logits(x)[0], score, 1e-4);
    }

    [TestMethod]
    public void Values_that_nothing_can_be_learned_of_are_refused()
    {
        float[][] features = [[1], [2], [3]];
        Assert.AreEqual("All 3 images have the value 4. There is nothing to learn where all values are the same.",
            Assert.ThrowsExactly<InvalidDataException>(() => RegressionHead.Fit(features, [4, 4, 4])).Message);
        Assert.AreEqual("The value of image 1 is NaN. Each image needs a finite number.",
            Assert.ThrowsExactly<InvalidDataException>(() => RegressionHead.Fit(features, [4, double.NaN, 5])).Message);
        Assert.StartsWith("There are 2 values for 3 images; each image has one.",
            Assert.ThrowsExactly<ArgumentException>(() => RegressionHead.Fit(features, [4, 5])).Message);
        Assert.StartsWith("The head has to have one row,",
            Assert.ThrowsExactly<ArgumentException>(() => GivenHead.Regression(mlContext, new LinearHead([[1]], [0]), "Features")).Message);
    }

    [TestMethod]
    public void The_figures_are_the_fields_definitions()
    {
        RegressionReport report = RegressionReport.Of([1, 2, 3, 6], [1, 4, 2, 6]);
        Assert.AreEqual(Math.Sqrt(5 / 4.0), report.RootMeanSquaredError, 1e-12);
        Assert.AreEqual(0.75, report.MeanAbsoluteError, 1e-12);
        Assert.AreEqual(1 - 5 / 14.0, report.RSquared!.Value, 1e-12);
        Assert.IsNull(RegressionReport.Of([3, 3], [1, 2]).RSquared);
    }

    private static (float[][] Features, double[] Values) Linear(int images, double noise)
    {
        Random random = new(1);
        float[][] features = [.. Enumerable.Range(0, images).Select(_ => Enumerable.Range(0, Width).Select(_ => random.NextSingle()).ToArray())];
        return (features, [.. features.Select(x => x.Select((feature, c) => feature * (c - 5)).Sum() + noise * random.NextDouble())]);
    }
}
