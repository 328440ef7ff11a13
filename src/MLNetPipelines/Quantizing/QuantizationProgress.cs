namespace ResNetMLNet.MLNetPipelines;

/// <summary>How far quantizing is.</summary>
/// <param name="What">The work, such as "Calibrating".</param>
/// <param name="Done">Images or layers that are done.</param>
/// <param name="Total">All of them.</param>
public sealed record QuantizationProgress(string What, int Done, int Total);
