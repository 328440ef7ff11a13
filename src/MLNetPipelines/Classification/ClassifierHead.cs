using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// The part of a model that makes classes of features, as far as features alone suffice: parts that need another column, such as the
/// mapping of a label to a key, have nothing to do with a prediction and are left out.
/// </summary>
internal sealed class ClassifierHead
{
    private const int ProbeCount = 8;

    private readonly HeadChain parts;
    private readonly bool isBinary;
    private readonly bool hasProbability;
    private readonly bool scoresAreProbabilities;

    /// <param name="mlContext">The context to compute in.</param>
    /// <param name="model">Names the model in messages, as their subject.</param>
    /// <param name="parts">The transformers behind the featurizer, in their order.</param>
    /// <param name="featureColumn">What the featurizer's column is called.</param>
    /// <param name="featureCount">Its width.</param>
    /// <param name="unitLength">Whether the featurizer itself scales features to unit length; they come here so.</param>
    /// <exception cref="InvalidDataException">They do not make classes of features.</exception>
    public ClassifierHead(MLContext mlContext, string model, IEnumerable<ITransformer> parts, string featureColumn, int featureCount,
        bool unitLength = false)
    {
        (FeatureColumn, FeatureCount, UnitLength) = (featureColumn, featureCount, unitLength);
        this.parts = new HeadChain(mlContext, model, "an image classifier", parts, featureColumn, featureCount);
        Random random = new(1);
        Probes = [.. Enumerable.Range(0, ProbeCount)
            .Select(_ => Enumerable.Range(0, featureCount).Select(_ => 2 * random.NextSingle()).ToArray())
            .Select(probe => unitLength ? FeatureStep.UnitLength.Apply(probe) : probe)];

        DataViewSchema scored = this.parts.Scored;
        isBinary = scored[HeadChain.Score].Type is not VectorDataViewType;
        hasProbability = scored.GetColumnOrNull(HeadChain.Probability) is not null;
        Classes = this.parts.Labels?.Labels ?? ClassNames.Of(scored, model);
        scoresAreProbabilities = isBinary || Labels is not null || Scores(Probes)
            .All(score => score.All(p => p is >= 0 and < 1.1f) && Math.Abs(score.Sum() - 1) < 0.1);
    }

    /// <summary>The name of the column of features.</summary>
    public string FeatureColumn { get; }

    /// <summary>Its width.</summary>
    public int FeatureCount { get; }

    /// <summary>Whether the features that come here are of unit length already.</summary>
    public bool UnitLength { get; }

    /// <summary>All parts that can be computed from features.</summary>
    public TransformerChain<ITransformer> Chain => parts.Chain;

    /// <summary>Those of them that come before the scores, with the schema that each takes.</summary>
    public IReadOnlyList<(ITransformer Part, DataViewSchema Input)> Preparation => parts.Preparation;

    /// <summary>The one that makes the scores.</summary>
    public ITransformer Scorer => parts.Scorer;

    /// <summary>The one behind it that makes probabilities of a binary classifier's scores; null where there is none.</summary>
    public ITransformer? Calibrator => parts.Calibrator;

    /// <summary>The classes' names, in the order of the probabilities.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The labels and thresholds of a model that gives an image any number of labels; null for others.</summary>
    public LabelSettings? Labels => parts.Labels;

    /// <summary>Feature vectors to try a head with.</summary>
    public IReadOnlyList<float[]> Probes { get; }

    /// <summary>
    /// The probability of each class. Scores that are not probabilities (of margins that nothing calibrated) become so by softmax, or where
    /// there are two classes by the sigmoid: the order stays, and how sure the classifier is means little. Those of labels are each by itself.
    /// </summary>
    public IEnumerable<float[]> Probabilities(IReadOnlyList<float[]> features) => features.Count == 0 ? [] : Scores(features)
        .Select(ToProbabilities);

    /// <summary>The same for one feature vector after another, with little ado. What it returns is for one thread at a time.</summary>
    public Func<float[], float[]> CreateEngine()
    {
        Func<float[], float[]> engine = isBinary
            ? hasProbability
                ? parts.CreateEngine<ProbabilityRow, float[]>(row => [row.Probability])
                : parts.CreateEngine<NumberRow, float[]>(row => [row.Score])
            : parts.CreateEngine<VectorRow, float[]>(row => row.Score);
        return features => ToProbabilities(engine(features));
    }

    private IEnumerable<float[]> Scores(IReadOnlyList<float[]> features)
    {
        IDataView scored = parts.Transform(features);
        return isBinary
            ? scored.GetColumn<float>(hasProbability ? HeadChain.Probability : HeadChain.Score).Select(score => new[] { score })
            : scored.GetColumn<float[]>(HeadChain.Score);
    }

    private float[] ToProbabilities(float[] score)
    {
        if (isBinary)
        {
            float positive = hasProbability ? score[0] : 1 / (1 + MathF.Exp(-score[0]));
            return [1 - positive, positive];
        }

        if (!scoresAreProbabilities) TensorPrimitives.SoftMax<float>(score, score);
        return score;
    }

    private sealed class VectorRow
    {
        public float[] Score { get; set; } = [];
    }

    private sealed class ProbabilityRow
    {
        public float Probability { get; set; }
    }
}
