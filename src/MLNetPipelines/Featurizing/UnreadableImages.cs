namespace ResNetMLNet.MLNetPipelines;

/// <summary>What happens where a row's image cannot be read. The names stand in saved models: they never change.</summary>
public enum UnreadableImages
{
    /// <summary>Whoever asks for the row's features gets an <see cref="UnreadableImageException"/>.</summary>
    Throw,

    /// <summary>
    /// The row's features are <see cref="float.NaN"/>, ML.NET's mark of a missing value: trainers leave such rows out, and a linear
    /// classifier gives them <c>NaN</c>
    /// scores and no class. Behind the features stands a Boolean column, named after them with <c>IsReadable</c> at its end, that tells
    /// such rows from others.
    /// </summary>
    UseDefault,
}
