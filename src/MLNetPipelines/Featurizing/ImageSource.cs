using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// The images of a column under ML.NET's rule of ownership: a getter disposes of the image that it finds in its place and makes another, so
/// whoever asks for images owns the last one. (Data in memory are the exception: their getter hands out the caller's own objects.)
/// </summary>
/// <param name="source">The column's getter.</param>
internal sealed class ImageSource(ValueGetter<MLImage> source)
{
    private bool? makesImages;

    /// <summary>Reads the current row's image into its place, and releases the one that was there.</summary>
    public void Read(ref MLImage? image)
    {
        source(ref image!);
        if (makesImages is not null || image is null) return;
        MLImage first = image;
        source(ref image!); // asked once more for the first image: only a getter that makes images has disposed of it
        makesImages = IsDisposed(first);
    }

    /// <summary>Releases an image that was read last into its place, unless it is the caller's own.</summary>
    public void Release(ref MLImage? image)
    {
        if (makesImages == true) image?.Dispose();
        image = null;
    }

    private static bool IsDisposed(MLImage image)
    {
        try
        {
            return image.Width < 0;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }
}
