using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The numbers inside a head that <see cref="ClassificationHead"/> trained: score_c = weight_c . features / |features| + bias_c, then softmax.</summary>
/// <param name="Weights">One row for each class, as long as the features.</param>
/// <param name="Biases">One for each class.</param>
internal sealed record LinearHead(float[][] Weights, float[] Biases)
{
    /// <returns>Null for a head of another form.</returns>
    /// <exception cref="InvalidDataException">It has weights for another number of classes than there are names.</exception>
    public static LinearHead? Of(IEnumerable<ITransformer> head, int classes)
    {
        if (ModelOf(head) is not { } model) return null;
        VBuffer<float>[] weights = [];
        model.GetWeights(ref weights, out int classCount);
        return classCount == classes
            ? new LinearHead([.. weights.Select(row => row.DenseValues().ToArray())], [.. model.GetBiases()])
            : throw new InvalidDataException($"The head has weights for {classCount} classes and the names of {classes}.");
    }

    /// <summary>What holds the numbers; null for a head of another form.</summary>
    public static MaximumEntropyModelParameters? ModelOf(IEnumerable<ITransformer> head) =>
        head.Take(2).ToArray() is [LpNormNormalizingTransformer, ISingleFeaturePredictionTransformer<object> { Model: MaximumEntropyModelParameters model }] ? model : null;
}
