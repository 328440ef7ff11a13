using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Reads the numbers of a linear classifier out of ML.NET's transformers: normalizations that a feature vector goes through, weights,
/// biases, calibrators.
/// What it reads is compared with what ML.NET computes before anybody gets it, so a head is read right or refused with the reason.
/// </summary>
internal static class LinearHeadReader
{
    /// <summary>What can be read, as the end of a message that says what cannot.</summary>
    public const string Advice =
        "A linear head is needed: LbfgsMaximumEntropy, SdcaMaximumEntropy, SdcaNonCalibrated, or OneVersusAll over a linear binary "
        + "trainer, "
        + "with or without NormalizeLpNorm, NormalizeMeanVariance or NormalizeMinMax before it.";

    // Of probabilities; and for large logits, which are floats, a part of them.
    private const float Tolerance = 1e-3f, LogitTolerance = 2e-6f;

    /// <exception cref="InvalidDataException">The head is not linear: the message says which part is not, as the start of a longer
    /// one.</exception>
    public static LinearHead Read(ClassifierHead head)
    {
        Dictionary<string, IReadOnlyList<FeatureStep>> vectors =
            new() { [head.FeatureColumn] = head.UnitLength ? [FeatureStep.UnitLength] : [] };
        foreach ((ITransformer part, DataViewSchema input) in head.Preparation) Follow(part, input, vectors);
        // The scores of labels are the sigmoid of a predictor's margins.
        ITransformer scorer = head.Labels is null ? head.Scorer : head.Preparation[^1].Part;
        if (scorer is not ISingleFeaturePredictionTransformer<object> predictor)
            throw Refused($"its scores come from '{NameOf(scorer)}'");
        if (!vectors.TryGetValue(predictor.FeatureColumnName, out IReadOnlyList<FeatureStep>? steps))
            throw Refused($"its trainer reads '{predictor.FeatureColumnName}', which is not a linear function of the backbone's features");
        object? calibrator = (head.Calibrator as ISingleFeaturePredictionTransformer<object>)?.Model;
        LinearHead read = Numbers(predictor.Model, calibrator) with { Steps = steps };
        if (head.Labels is not null) read = read with { Link = HeadLink.Sigmoid };
        Compare(read, head, NameOf(predictor.Model));
        return read;
    }

    // Which of the known columns are functions of the features, after one transformer.
    private static void Follow(ITransformer part, DataViewSchema input, Dictionary<string, IReadOnlyList<FeatureStep>> vectors)
    {
        if (part is ColumnSelectingTransformer || !part.IsRowToRowMapper) return;
        var before = new Dictionary<string, IReadOnlyList<FeatureStep>>(vectors);
        foreach ((int index, (string to, string[] from)) in Columns(part, input).Index())
        {
            vectors.Remove(to);
            if (from is [string only] && before.TryGetValue(only, out IReadOnlyList<FeatureStep>? steps)
                && StepsOf(part, index) is { } more)
                vectors[to] = [.. steps, .. more];
        }
    }

    // The columns that a transformer adds, and what it computes each of.
    private static IEnumerable<(string To, string[] From)> Columns(ITransformer part, DataViewSchema input)
    {
        if (part is OneToOneTransformerBase oneToOne)
            return ColumnPairs.Of(oneToOne).Select(pair => (pair.Output, new[] { pair.Input }));
        IRowToRowMapper mapper = part.GetRowToRowMapper(input);
        return mapper.OutputSchema.Skip(input.Count)
            .Select(added => (added.Name, mapper.GetDependencies([added]).Select(column => column.Name).Distinct().ToArray()));
    }

    private static FeatureStep[]? StepsOf(ITransformer part, int index)
    {
        return part switch
        {
            ColumnCopyingTransformer or ColumnConcatenatingTransformer => [],
            NormalizingTransformer normalizing => normalizing.GetNormalizerModelParameters(index)
                is NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<float>> affine ? [Scaling(affine)] : null,
            LpNormNormalizingTransformer lp => [Normalization(((IEnumerable)Internal(lp, "Columns")).Cast<object>().ElementAt(index))],
            _ => null,
        };
    }

    private static FeatureStep.Scaling Scaling(NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<float>> affine) =>
        new([.. affine.Scale], affine.Offset.IsDefaultOrEmpty ? new float[affine.Scale.Length] : [.. affine.Offset]);

    private static FeatureStep.Normalization Normalization(object column) => new(
        Enum.Parse<FeatureNorm>(Internal(column, "Norm").ToString()!), (bool)Internal(column, "EnsureZeroMean"),
            (float)Internal(column, "Scale"));

    private static LinearHead Numbers(object model, object? calibrator)
    {
        switch (model)
        {
            case LinearMulticlassModelParametersBase multiclass:
                return LinearHead.Of(multiclass);
            case OneVersusAllModelParameters oneVersusAll:
                (float[] Weights, float Bias)[] rows = [.. SubModels(oneVersusAll).Select(sub => Logit(sub))];
                return new LinearHead([.. rows.Select(row => row.Weights)], [.. rows.Select(row => row.Bias)])
                {
                    // ML.NET's other two combine margins: by softmax, or not at all.
                    Link = Internal(oneVersusAll, "_impl").GetType().Name == "ImplDist" ? HeadLink.NormalizedSigmoid : HeadLink.Softmax,
                };
            default:
                // Softmax of -z/2 and z/2 is 1 - sigmoid(z) and sigmoid(z).
                (float[] weights, float bias) = Logit(model, calibrator);
                return new LinearHead([[.. weights.Select(weight => -weight / 2)], [.. weights.Select(weight => weight / 2)]],
                    [-bias / 2, bias / 2]);
        }
    }

    // The logit of a binary model: Platt's calibrator gives 1 / (1 + exp(slope * score + offset)).
    private static (float[] Weights, float Bias) Logit(object model, object? calibrator = null)
    {
        if (model is CalibratedModelParametersBase) (model, calibrator) = (Internal(model, "SubModel"), Internal(model, "Calibrator"));
        if (model is not LinearModelParameters scored) throw Refused($"its trainer made a '{NameOf(model)}', which is not linear");
        if (calibrator is null) return ([.. scored.Weights], scored.Bias);
        if (calibrator is not PlattCalibrator platt)
            throw Refused($"its probabilities come from a '{NameOf(calibrator)}', which is not a sigmoid");
        return ([.. scored.Weights.Select(weight => (float)(-platt.Slope * weight))], (float)(-platt.Slope * scored.Bias - platt.Offset));
    }

    private static void Compare(LinearHead read, ClassifierHead head, string name)
    {
        if (read.Biases.Length != head.Classes.Count || read.Weights[0].Length != head.FeatureCount)
            throw Refused($"its '{name}' has weights for {read.Biases.Length} classes of {read.Weights[0].Length} features");
        float[][] probes = [.. head.Probes.Select(read.Typical)
            .Select(probe => head.UnitLength ? FeatureStep.UnitLength.Apply(probe) : probe)];
        foreach ((float[] probe, float[] expected) in probes.Zip(head.Probabilities(probes)))
        {
            float tolerance = Tolerance + LogitTolerance * read.Logits(probe).Max(Math.Abs);
            (float ours, float theirs) = read.Probabilities(probe).Zip(expected).MaxBy(pair => Math.Abs(pair.First - pair.Second));
            if (!(Math.Abs(ours - theirs) <= tolerance))
                throw Refused(string.Create(CultureInfo.InvariantCulture,
                    $"its '{name}' gives a probability of {theirs:F4} where its weights give {ours:F4}"));
        }
    }

    private static InvalidDataException Refused(string reason) => new($"The classifier's head is not linear: {reason}. {Advice}");

    private static string NameOf(object part) => part.GetType().Name.Split('`')[0].Replace("ModelParameters", "", StringComparison.Ordinal);

    // Public members of types that are internal to ML.NET, and internal ones of public types; LinearHeadReaderTests has what must hold.
    private static object Internal(object owner, string member)
    {
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        Type type = owner.GetType();
        return Array.Find(type.GetProperties(Any), property => property.Name == member)?.GetValue(owner)
            ?? type.GetField(member, Any)?.GetValue(owner)
            ?? throw new MissingMemberException(type.FullName, member);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_SubModelParameters")]
    private static extern ImmutableArray<object> SubModels(OneVersusAllModelParameters model);
}
