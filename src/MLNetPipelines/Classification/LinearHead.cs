using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A linear classifier in numbers: the logit of a class is weight . steps(features) + bias, and <see cref="Link"/> makes probabilities of
/// all logits. A regression has one row, which gives a value in place of a logit; where images have several labels, each row is of one.
/// By default its features are of unit length, and its link is softmax. <see cref="LinearHeadReader"/>
/// reads any.
/// </summary>
/// <param name="Weights">One row for each class, as long as the features.</param>
/// <param name="Biases">One for each class.</param>
public sealed record LinearHead(float[][] Weights, float[] Biases)
{
    /// <summary>What happens to the features first, in this order.</summary>
    public IReadOnlyList<FeatureStep> Steps { get; init; } = [FeatureStep.UnitLength];

    /// <summary>How logits become probabilities.</summary>
    public HeadLink Link { get; init; } = HeadLink.Softmax;

    /// <summary>The probability of each class.</summary>
    /// <param name="features">[C], as the backbone gives them.</param>
    public float[] Probabilities(float[] features)
    {
        float[] result = Logits(features);
        if (Link == HeadLink.None) throw new InvalidOperationException("The head gives values, not logits of classes: read Logits.");
        if (Link == HeadLink.Softmax)
        {
            TensorPrimitives.SoftMax<float>(result, result);
            return result;
        }

        TensorPrimitives.Sigmoid<float>(result, result);
        if (Link == HeadLink.Sigmoid) return result;
        TensorPrimitives.Divide(result, Math.Max(TensorPrimitives.Sum<float>(result), float.Epsilon), result);
        return result;
    }

    /// <summary>The logit of each class.</summary>
    /// <param name="features">[C], as the backbone gives them.</param>
    public float[] Logits(float[] features)
    {
        float[] x = Steps.Aggregate(features, (x, step) => step.Apply(x));
        return [.. Weights.Zip(Biases, (row, bias) => TensorPrimitives.Dot<float>(x, row) + bias)];
    }

    /// <summary>Features that the steps turn into about the given ones, where they scale: of a size that the classifier has been trained
    /// on.</summary>
    public float[] Typical(float[] given) => Steps.Reverse().Aggregate(given, (y, step) => step.Typical(y));

    /// <summary>The derivatives of a class's logit by the features, [C].</summary>
    /// <param name="label">The class's index.</param>
    /// <param name="features">[C], as the backbone gives them.</param>
    public float[] Gradient(int label, float[] features)
    {
        List<float[]> inputs = [features];
        foreach (FeatureStep step in Steps) inputs.Add(step.Apply(inputs[^1]));
        float[] gradient = Weights[label];
        for (int i = Steps.Count - 1; i >= 0; i--) gradient = Steps[i].Backward(inputs[i], gradient);
        return gradient;
    }

    /// <summary>Adds the classifier to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="features">The features' name, float [N, C].</param>
    /// <param name="probabilities">The name that the probabilities get, float [N, classes].</param>
    internal void Write(OnnxGraph graph, string features, string probabilities)
    {
        (int classes, int width) = (Biases.Length, Weights[0].Length);
        foreach ((int i, FeatureStep step) in Steps.Index()) features = step.Write(graph, features, $"head.step{i}", width);
        string weight = graph.Constant("head.weight", [.. Weights.SelectMany(row => row)], classes, width),
            bias = graph.Constant("head.bias", Biases, classes);
        string logits = graph.Node("Gemm", "head.logits", [features, weight, bias], OnnxGraph.Attribute("transB", 1));
        if (Link == HeadLink.Softmax)
        {
            graph.Node("Softmax", probabilities, [logits], OnnxGraph.Attribute("axis", 1));
            return;
        }

        string single = graph.Node("Sigmoid", Link == HeadLink.Sigmoid ? probabilities : "head.sigmoid", [logits]);
        if (Link == HeadLink.Sigmoid) return;
        string sum = graph.Node("MatMul", "head.sum",
            [single, graph.Constant("head.ones", [.. Enumerable.Repeat(1f, classes)], classes, 1)]);
        graph.Node("Div", probabilities, [single, graph.Node("Max", "head.total", [sum, graph.Constant("head.least", [1e-30f], 1)])]);
    }

    /// <summary>The numbers of a head that <see cref="ClassificationHead"/> made on features of unit length.</summary>
    /// <returns>Null for a head of another form.</returns>
    /// <exception cref="InvalidDataException">It has weights for another number of classes than there are names.</exception>
    public static LinearHead? Of(IEnumerable<ITransformer> head, int classes)
    {
        if (ModelOf(head) is not { } model) return null;
        LinearHead read = Of(model);
        return read.Biases.Length == classes
            ? read
            : throw new InvalidDataException($"The head has weights for {read.Biases.Length} classes and the names of {classes}.");
    }

    /// <summary>The weights and biases of a multiclass model.</summary>
    public static LinearHead Of(LinearMulticlassModelParametersBase model)
    {
        VBuffer<float>[] weights = [];
        model.GetWeights(ref weights, out int classes);
        return new LinearHead([.. weights.Take(classes).Select(row => row.DenseValues().ToArray())], [.. model.GetBiases()]);
    }

    /// <summary>What holds the numbers; null for a head of another form.</summary>
    private static MaximumEntropyModelParameters? ModelOf(IEnumerable<ITransformer> head) => head.Take(2).ToArray() is
        [LpNormNormalizingTransformer, ISingleFeaturePredictionTransformer<object> { Model: MaximumEntropyModelParameters model }] ? model
            : null;
}

/// <summary>How the logits of all classes become probabilities.</summary>
public enum HeadLink
{
    /// <summary>exp(logit) over the sum of all exp(logit).</summary>
    Softmax,

    /// <summary>sigmoid(logit) over the sum of all sigmoid(logit): binary classifiers, one against the rest.</summary>
    NormalizedSigmoid,

    /// <summary>None: what a head gives are values, not logits, as in regression.</summary>
    None,

    /// <summary>sigmoid(logit), each by itself: an image has any number of labels.</summary>
    Sigmoid,
}
