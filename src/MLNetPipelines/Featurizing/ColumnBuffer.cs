using Microsoft.ML;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>The values of one column in the rows that are on their way through the pipeline.</summary>
internal abstract class ColumnBuffer
{
    /// <summary>Keeps the value of the source's current row.</summary>
    public abstract void Read(int slot);

    /// <param name="source">The rows to read from.</param>
    /// <param name="column">The column; active in the source.</param>
    /// <param name="capacity">Slots.</param>
    public static ColumnBuffer Create(DataViewRow source, DataViewSchema.Column column, int capacity)
    {
        Type buffer = column.Type is VectorDataViewType vector
            ? typeof(VectorBuffer<>).MakeGenericType(vector.ItemType.RawType)
            : typeof(ValueBuffer<>).MakeGenericType(column.Type.RawType);
        object getter = typeof(DataViewRow).GetMethod(nameof(DataViewRow.GetGetter))!
            .MakeGenericMethod(column.Type.RawType).Invoke(source, [column])!;
        return (ColumnBuffer)Activator.CreateInstance(buffer, getter, capacity)!;
    }
}

/// <inheritdoc/>
internal abstract class ColumnBuffer<T>(ValueGetter<T> source, int capacity) : ColumnBuffer
{
    private readonly T[] values = new T[capacity];
    private readonly bool[] given = new bool[capacity];

    public override void Read(int slot)
    {
        if (given[slot])
        {
            Forget(ref values[slot]);
            given[slot] = false;
        }

        source(ref values[slot]);
    }

    public void Get(int slot, ref T value)
    {
        Copy(in values[slot], ref value);
        given[slot] = true;
    }

    protected abstract void Copy(in T from, ref T to);

    /// <summary>Called before a value that was given away is read over: what belongs to its receiver must not be reused.</summary>
    protected abstract void Forget(ref T value);
}

/// <summary>A column of values that assignment copies, or hands over.</summary>
internal sealed class ValueBuffer<T>(ValueGetter<T> source, int capacity) : ColumnBuffer<T>(source, capacity)
{
    protected override void Copy(in T from, ref T to) => to = from;

    // An image belongs to whoever got it; a getter disposes of the one that it finds in its place.
    protected override void Forget(ref T value) => value = default!;
}

/// <summary>A column of vectors: the receiver gets a copy of its own.</summary>
internal sealed class VectorBuffer<T>(ValueGetter<VBuffer<T>> source, int capacity) : ColumnBuffer<VBuffer<T>>(source, capacity)
{
    protected override void Copy(in VBuffer<T> from, ref VBuffer<T> to) => from.CopyTo(ref to);

    protected override void Forget(ref VBuffer<T> value)
    {
        // The slot's arrays were copied, never given: they serve again.
    }
}
