namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// How a picture is resampled. Both are antialiased as in Pillow: where the picture shrinks, the filter widens
/// with it, so that every input pixel counts.
/// </summary>
public enum Interpolation
{
    /// <summary>A triangle, 1 input pixel to either side (more where the picture shrinks).</summary>
    Bilinear,

    /// <summary>Keys' cubic with a = -0.5, 2 input pixels to either side (Keys 1981, doi:10.1109/TASSP.1981.1163711).</summary>
    Bicubic,
}
