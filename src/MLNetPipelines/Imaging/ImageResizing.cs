namespace ResNetMLNet.MLNetPipelines;

/// <summary>How an image becomes a square.</summary>
public enum ImageResizing
{
    /// <summary>
    /// The shorter side becomes floor(<see cref="ImagePreprocessing.ImageSize"/> / <see cref="ImagePreprocessing.CropFraction"/>), and the
    /// square in the middle is cut out, as in torchvision and timm. The proportions stay; the edges go.
    /// </summary>
    Crop,

    /// <summary>
    /// Width and height become <see cref="ImagePreprocessing.ImageSize"/>, as by torchvision's Resize with two numbers. Everything stays in
    /// the image; the proportions change.
    /// </summary>
    Squash,

    /// <summary>
    /// The longer side becomes <see cref="ImagePreprocessing.ImageSize"/>, and bars of gray (114, 114, 114) fill the square, as by Pillow's
    /// ImageOps.pad. Proportions and edges stay; the network has fewer pixels of them.
    /// </summary>
    Letterbox,
}
