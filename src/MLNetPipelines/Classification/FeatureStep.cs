using System.Numerics.Tensors;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>What happens to features before a linear classifier reads them: computed, differentiated, and written as ONNX.</summary>
public abstract record FeatureStep
{
    /// <summary>Scaling to Euclidean length 1.</summary>
    public static FeatureStep UnitLength { get; } = new Normalization(FeatureNorm.L2);

    /// <param name="x">[C].</param>
    /// <returns>[C].</returns>
    public abstract float[] Apply(ReadOnlySpan<float> x);

    /// <summary>Features that the step makes about these of.</summary>
    public virtual float[] Typical(float[] y) => y;

    /// <summary>The chain rule, one step back.</summary>
    /// <param name="x">The features that the step was applied to, [C].</param>
    /// <param name="gradient">Derivatives by its outputs, [C].</param>
    /// <returns>Derivatives by its inputs, [C].</returns>
    public abstract float[] Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> gradient);

    /// <summary>Adds the step to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="x">The value to apply it to, float [N, C].</param>
    /// <param name="name">What the new values' names start with.</param>
    /// <param name="width">C.</param>
    /// <returns>The name of the result, float [N, C].</returns>
    internal abstract string Write(OnnxGraph graph, string x, string name, int width);

    /// <summary>(x - offset) * scale, slot by slot: mean-variance, min-max and robust scaling.</summary>
    /// <param name="Scale">[C].</param>
    /// <param name="Offset">[C].</param>
    internal sealed record Scaling(float[] Scale, float[] Offset) : FeatureStep
    {
        public override float[] Typical(float[] y) =>
            [.. y.Select((value, i) => Scale[i] == 0 ? Offset[i] : (value / Scale[i]) + Offset[i])];

        public override float[] Apply(ReadOnlySpan<float> x)
        {
            float[] y = new float[x.Length];
            TensorPrimitives.Subtract(x, Offset, y);
            TensorPrimitives.Multiply(y, Scale, y);
            return y;
        }

        public override float[] Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> gradient)
        {
            float[] result = new float[x.Length];
            TensorPrimitives.Multiply(gradient, Scale, result);
            return result;
        }

        internal override string Write(OnnxGraph graph, string x, string name, int width)
        {
            string centred = graph.Node("Sub", $"{name}.centred", [x, graph.Constant($"{name}.offset", Offset, width)]);
            return graph.Node("Mul", $"{name}.scaled", [centred, graph.Constant($"{name}.scale", Scale, width)]);
        }
    }

    /// <summary>Division of a vector by its own size, after subtraction of its own mean where that is asked for.</summary>
    /// <param name="Norm">How size is measured.</param>
    /// <param name="ZeroMean">Whether the mean over the slots is subtracted first.</param>
    /// <param name="Factor">The size afterwards.</param>
    internal sealed record Normalization(FeatureNorm Norm, bool ZeroMean = false, float Factor = 1) : FeatureStep
    {
        // Smaller vectors are left as they are, as ML.NET does it.
        private const float Least = 1e-8f;

        public override float[] Apply(ReadOnlySpan<float> x)
        {
            float[] y = Centred(x);
            TensorPrimitives.Multiply(y, Size(y) is >= Least and float size ? Factor / size : Factor, y);
            return y;
        }

        public override float[] Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> gradient)
        {
            float[] centred = Centred(x), result = new float[x.Length];
            float size = Size(centred);
            if (size < Least) return result; // no direction in it speaks for any class
            float along = TensorPrimitives.Dot(gradient, centred) / size;
            float most = TensorPrimitives.MaxMagnitude<float>(centred);
            for (int i = 0; i < x.Length; i++)
            {
                float growth = Norm switch
                {
                    FeatureNorm.L2 => centred[i] / size,
                    FeatureNorm.StandardDeviation => centred[i] / (size * x.Length),
                    FeatureNorm.L1 => Math.Sign(centred[i]),
                    _ => centred[i] == most ? Math.Sign(most) : 0,
                };
                result[i] = Factor * (gradient[i] - along * growth) / size;
            }

            if (ZeroMean) TensorPrimitives.Subtract(result, TensorPrimitives.Sum<float>(result) / result.Length, result);
            return result;
        }

        internal override string Write(OnnxGraph graph, string x, string name, int width)
        {
            if (ZeroMean)
            {
                string mean = graph.Node("MatMul", $"{name}.mean",
                    [x, graph.Constant($"{name}.average", Repeat(1f / width, width), width, 1)]);
                x = graph.Node("Sub", $"{name}.centred", [x, mean]);
            }

            if (Norm == FeatureNorm.Infinity)
            {
                string magnitude = graph.Node("Abs", $"{name}.magnitude", [x]);
                string most = graph.Node("ReduceMax", $"{name}.most", [magnitude], OnnxGraph.Attribute("axes", [1L]),
                    OnnxGraph.Attribute("keepdims", 1));
                x = graph.Node("Div", $"{name}.normalized",
                    [x, graph.Node("Max", $"{name}.size", [most, graph.Constant($"{name}.least", [Least], 1)])]);
            }
            else
            {
                x = graph.Node("LpNormalization", $"{name}.normalized", [x],
                    OnnxGraph.Attribute("axis", 1), OnnxGraph.Attribute("p", Norm == FeatureNorm.L1 ? 1 : 2));
            }

            float factor = Norm == FeatureNorm.StandardDeviation ? Factor * MathF.Sqrt(width) : Factor;
            return factor == 1 ? x : graph.Node("Mul", $"{name}.scaled", [x, graph.Constant($"{name}.factor", [factor], 1)]);
        }

        private float[] Centred(ReadOnlySpan<float> x)
        {
            float[] y = x.ToArray();
            if (ZeroMean) TensorPrimitives.Subtract(y, TensorPrimitives.Sum<float>(y) / y.Length, y);
            return y;
        }

        private float Size(ReadOnlySpan<float> x) => Norm switch
        {
            FeatureNorm.L1 => TensorPrimitives.SumOfMagnitudes(x),
            FeatureNorm.L2 => TensorPrimitives.Norm(x),
            FeatureNorm.StandardDeviation => TensorPrimitives.Norm(x) / MathF.Sqrt(x.Length),
            _ => Math.Abs(TensorPrimitives.MaxMagnitude(x)),
        };

        private static float[] Repeat(float value, int count)
        {
            float[] values = new float[count];
            values.AsSpan().Fill(value);
            return values;
        }
    }
}

/// <summary>How the size of a feature vector is measured. The names are those of ML.NET's <c>NormFunction</c>.</summary>
internal enum FeatureNorm
{
    /// <summary>Euclidean length.</summary>
    L2,

    /// <summary>Standard deviation over the slots.</summary>
    StandardDeviation,

    /// <summary>Sum of the magnitudes.</summary>
    L1,

    /// <summary>The largest magnitude.</summary>
    Infinity,
}
