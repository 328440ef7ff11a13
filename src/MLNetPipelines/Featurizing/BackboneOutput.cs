namespace ResNetMLNet.MLNetPipelines;

/// <summary>What is taken from a backbone as an image's features. The names stand in saved models: they never change.</summary>
public enum BackboneOutput
{
    /// <summary>The pooled features before the classifier.</summary>
    Features,

    /// <summary>The classifier's logits, one for each class; the backbone's file must have them.</summary>
    Logits,
}
