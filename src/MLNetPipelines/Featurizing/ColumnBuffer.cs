using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// The values of one column in the rows that are on their way through the pipeline. Whoever gets one, gets a copy of its own.
/// </summary>
internal abstract class ColumnBuffer : IDisposable
{
    /// <summary>Keeps the value of the source's current row.</summary>
    public abstract void Read(int slot);

    /// <summary>Releases what is kept.</summary>
    public virtual void Dispose()
    {
        // Only images need it.
    }

    /// <param name="source">The rows to read from.</param>
    /// <param name="column">The column; active in the source.</param>
    /// <param name="capacity">Slots.</param>
    public static ColumnBuffer Create(DataViewRow source, DataViewSchema.Column column, int capacity)
    {
        if (column.Type is ImageDataViewType) return new ImageBuffer(source.GetGetter<MLImage>(column), capacity);
        Type buffer = column.Type is VectorDataViewType vector
            ? typeof(VectorBuffer<>).MakeGenericType(vector.ItemType.RawType)
            : typeof(ValueBuffer<>).MakeGenericType(column.Type.RawType);
        object getter = typeof(DataViewRow).GetMethod(nameof(DataViewRow.GetGetter))!
            .MakeGenericMethod(column.Type.RawType).Invoke(source, [column])!;
        return (ColumnBuffer)Activator.CreateInstance(buffer, getter, capacity)!;
    }
}

/// <inheritdoc/>
internal abstract class ColumnBuffer<T> : ColumnBuffer
{
    public abstract void Get(int slot, ref T value);
}

/// <summary>A column of values that assignment copies.</summary>
internal sealed class ValueBuffer<T>(ValueGetter<T> source, int capacity) : ColumnBuffer<T>
{
    private readonly T[] values = new T[capacity];

    public override void Read(int slot) => source(ref values[slot]);

    public override void Get(int slot, ref T value) => value = values[slot];
}

/// <summary>A column of vectors.</summary>
internal sealed class VectorBuffer<T>(ValueGetter<VBuffer<T>> source, int capacity) : ColumnBuffer<VBuffer<T>>
{
    private readonly VBuffer<T>[] values = new VBuffer<T>[capacity];

    public override void Read(int slot) => source(ref values[slot]);

    public override void Get(int slot, ref VBuffer<T> value) => values[slot].CopyTo(ref value);
}

/// <summary>A column of images. As ML.NET's own getters do, it disposes of the image that it finds where it writes the next one.</summary>
internal sealed class ImageBuffer(ValueGetter<MLImage> getter, int capacity) : ColumnBuffer<MLImage>
{
    private const int LargeImage = 4_000_000; // bytes: a megapixel

    private readonly ImageSource source = new(getter);
    private readonly MLImage?[] images = new MLImage?[capacity];

    public override void Read(int slot) => source.Read(ref images[slot]);

    public override void Get(int slot, ref MLImage value)
    {
        value?.Dispose();
        MLImage? image = images[slot];
        value = image is null ? null! : MLImage.CreateFromPixels(image.Width, image.Height, image.PixelFormat, image.Pixels);
        if (value is null) return;
        value.Tag = image!.Tag;

        // ML.NET's transforms leave small native objects to the garbage collector. It has to hear of the images between which they lie, or
        // it runs so rarely that no place that a large image leaves is large enough for the next one: 7 MB a row were measured.
        if (image.Pixels.Length < LargeImage) return;
        GC.AddMemoryPressure(image.Pixels.Length);
        GC.RemoveMemoryPressure(image.Pixels.Length);
    }

    public override void Dispose()
    {
        for (int slot = 0; slot < images.Length; slot++) source.Release(ref images[slot]);
        base.Dispose();
    }
}
