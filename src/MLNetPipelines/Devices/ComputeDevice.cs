using System.Globalization;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Where a network runs: on the CPU, on one CUDA device, or on whichever of the two is there.</summary>
public sealed record ComputeDevice
{
    private ComputeDevice(string name, int? cudaIndex)
    {
        Name = name;
        CudaIndex = cudaIndex;
    }

    /// <summary>The first CUDA device where it can be used, otherwise the CPU.</summary>
    public static ComputeDevice Auto { get; } = new("auto", 0);

    /// <summary>The CPU, with all its cores.</summary>
    public static ComputeDevice Cpu { get; } = new("cpu", null);

    private string Name { get; }

    /// <summary>The CUDA device to try, or null for the CPU.</summary>
    internal int? CudaIndex { get; }

    /// <summary>One CUDA device; opening a model fails where it cannot be used.</summary>
    /// <param name="index">The device's number, from 0, as <c>nvidia-smi</c> counts.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public static ComputeDevice Cuda(int index = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new ComputeDevice(string.Create(CultureInfo.InvariantCulture, $"cuda:{index}"), index);
    }

    /// <summary>Reads <c>auto</c>, <c>cpu</c>, <c>cuda</c> (the first device) or <c>cuda:N</c>.</summary>
    /// <exception cref="FormatException">The text is none of them.</exception>
    public static ComputeDevice Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        const string numbered = "cuda:";
        return text switch
        {
            "auto" => Auto,
            "cpu" => Cpu,
            "cuda" => Cuda(),
            _ when text.StartsWith(numbered, StringComparison.Ordinal)
                && int.TryParse(text.AsSpan(numbered.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                => Cuda(index),
            _ => throw new FormatException(
                $"'{text}' is not a device. Use 'auto', 'cpu', 'cuda' or 'cuda:N' with a device's number, such as 'cuda:1'."),
        };
    }

    /// <summary>What <see cref="Parse"/> reads.</summary>
    public override string ToString() => Name;
}
