using System.Text.Json;

namespace ResNetMLNet.Trainer;

/// <summary>How a model is used in C#.</summary>
internal static class UsageCode
{
    /// <param name="model">The result folder, or the model's file.</param>
    public static string Of(string model)
    {
        string file = model.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) ? model : $"{model}/{ResultFolder.Model}";
        // JSON's escapes are C#'s.
        return $$"""
            using ResNetMLNet.MLNetPipelines;

            using ImageClassifier classifier = ImageClassifier.Load({{JsonSerializer.Serialize(file, ReportJson.Options)}});
            ImagePrediction prediction = classifier.Predict(["PHOTO.jpg"]).Single();
            Console.WriteLine($"{prediction.Ranking[0].Label} {prediction.Ranking[0].Probability:P0}");
            """;
    }
}
