namespace ResNetMLNet.Backbones.Weights;

/// <summary>Pretrained weights that come as a NuGet package, so that they are there without a download of their own.</summary>
public static class PackagedWeights
{
    /// <summary>Where the weights of an architecture come from, in words; null where no package brings any.</summary>
    public static string? Origin(BackboneSpec spec) => spec.Name == "resnet18_mlnet" ? MLNetResNet18.Origin : null;

    /// <summary>Reads the weights of an architecture; null where no package brings any.</summary>
    /// <exception cref="FileNotFoundException">The package's file is not beside the program.</exception>
    public static WeightSet? Load(BackboneSpec spec) => Origin(spec) is null ? null : MLNetResNet18.Load();
}
