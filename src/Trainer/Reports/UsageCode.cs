using System.Text.Json;

namespace ResNetMLNet.Trainer;

/// <summary>How a model is used in C#.</summary>
internal static class UsageCode
{
    /// <param name="model">The result folder, or the model's file.</param>
    public static string Of(string model)
    {
        return $$"""
            using ResNetMLNet.MLNetPipelines;

            using ImageClassifier classifier = ImageClassifier.Load({{Literal(model)}});
            ImagePrediction prediction = classifier.Predict(["PHOTO.jpg"]).Single();
            Console.WriteLine($"{prediction.Ranking[0].Label} {prediction.Ranking[0].Probability:P0}");
            """;
    }

    /// <inheritdoc cref="Of"/>
    public static string OfRegression(string model)
    {
        return $$"""
            using ResNetMLNet.MLNetPipelines;

            using ImageRegressor regressor = ImageRegressor.Load({{Literal(model)}});
            Console.WriteLine(regressor.Predict(["PHOTO.jpg"]).Single().Value);
            """;
    }

    /// <inheritdoc cref="Of"/>
    public static string OfMultiLabel(string model)
    {
        return $$"""
            using ResNetMLNet.MLNetPipelines;

            using ImageClassifier classifier = ImageClassifier.Load({{Literal(model)}});
            Console.WriteLine(string.Join(", ", classifier.Predict(["PHOTO.jpg"]).Single().Labels));
            """;
    }

    // JSON's escapes are C#'s.
    private static string Literal(string model) => JsonSerializer.Serialize(
        model.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) ? model : $"{model}/{ResultFolder.Model}", ReportJson.Options);
}
