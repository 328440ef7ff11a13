namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Takes the mean of what rounding the weights adds to an output out of its bias: with e the weights' rounding errors and E[x] the mean of
/// each input channel, e * E[x] (Nagel et al. 2019, arXiv:1906.04721, section 4.2, with means that were measured).
/// </summary>
internal static class BiasCorrection
{
    /// <param name="bias">[O].</param>
    /// <param name="weights">[O, I, ...].</param>
    /// <param name="rounded">The weights as they are rounded.</param>
    /// <param name="means">Of the channels that all groups read: I for each.</param>
    /// <param name="inputs">I: the channels that one output reads.</param>
    public static float[] Of(float[] bias, float[] weights, RoundedWeights rounded, double[] means, int inputs)
    {
        int perOutput = weights.Length / bias.Length, positions = perOutput / inputs, groups = means.Length / inputs;
        int outputsPerGroup = bias.Length / groups;
        float[] corrected = new float[bias.Length];
        for (int output = 0; output < bias.Length; output++)
        {
            double shift = 0;
            for (int i = 0; i < perOutput; i++)
                shift += rounded.Error(weights, output * perOutput + i) * means[output / outputsPerGroup * inputs + i / positions];
            corrected[output] = (float)(bias[output] - shift);
        }

        return corrected;
    }
}
