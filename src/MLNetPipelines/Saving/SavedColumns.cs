namespace ResNetMLNet.MLNetPipelines;

/// <summary>Names of the columns that a saved featurizer adds and drops again. They stand in saved models: they never change.</summary>
internal static class SavedColumns
{
    /// <summary>A text that is empty: something for the settings to be a function of.</summary>
    public const string Nothing = "__resnetmlnet.nothing";

    /// <summary>Text: how to decode.</summary>
    public const string Settings = "__resnetmlnet.settings";

    /// <summary>The images as they come.</summary>
    public const string Source = "__resnetmlnet.source";

    /// <summary>The paths of the first version.</summary>
    public const string Path = "__resnetmlnet.path";

    /// <summary>The images as the network takes them.</summary>
    public const string Image = "__resnetmlnet.image";

    /// <summary>Boolean: whether there is such an image.</summary>
    public const string IsReadable = "__resnetmlnet.is_readable";

    /// <summary>The network's input.</summary>
    public const string Pixels = "__resnetmlnet.pixels";

    /// <summary>The network's output.</summary>
    public const string Features = "__resnetmlnet.features";

    /// <summary>Features of unit length.</summary>
    public const string Unit = "__resnetmlnet.unit";
}
