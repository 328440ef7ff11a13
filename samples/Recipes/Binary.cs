using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.MLNetPipelines;

namespace ImageRecipes;

/// <summary>One class against another: roses or tulips?</summary>
internal static class Binary
{
    public static string Run(MLContext mlContext, string folder, string backbone)
    {
        IDataView photos = mlContext.Data.LoadFromEnumerable(ImageFolder.List(folder).Where(photo => photo.Label is "roses" or "tulips").ToArray());
        IDataView features = mlContext.Transforms.Expression("IsRose", """label : label == "roses" """, "Label").Fit(photos)
            .Transform(Photos.Featurize(mlContext, photos, backbone));

        var folds = mlContext.BinaryClassification.CrossValidate(
            features, mlContext.BinaryClassification.Trainers.LbfgsLogisticRegression("IsRose", l1Regularization: 0, l2Regularization: 0.01f), numberOfFolds: 5, labelColumnName: "IsRose");
        return $"AUC: {folds.Average(fold => fold.Metrics.AreaUnderRocCurve):F3}";
    }
}
