namespace ResNetMLNet.Backbones.Weights;

/// <summary>Reads weights from a file, by what is in it and not by its name.</summary>
public static class WeightsFile
{
    /// <summary>Reads a safetensors file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged or of another kind; the message says where.</exception>
    public static WeightSet Load(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no weights file '{path}'.", path);
        return Safetensors.Load(path);
    }
}
