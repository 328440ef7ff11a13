namespace ResNetMLNet.MLNetPipelines;

/// <summary>An image file and its class.</summary>
public sealed record LabeledImage
{
    /// <summary>The file's path.</summary>
    public string ImagePath { get; set; } = "";

    /// <summary>The class's name.</summary>
    public string Label { get; set; } = "";
}
