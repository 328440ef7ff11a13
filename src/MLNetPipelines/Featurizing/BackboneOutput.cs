namespace ResNetMLNet.MLNetPipelines;

/// <summary>What is taken from a backbone as an image's features. The names stand in saved models: they never change.</summary>
public enum BackboneOutput
{
    /// <summary>The pooled features before the classifier.</summary>
    Features,

    /// <summary>The classifier's logits, one for each class; the backbone's file must have them.</summary>
    Logits,

    /// <summary>
    /// What the first stage gives, averaged over the picture: texture and colour. The backbone's file must have the stages.
    /// </summary>
    Layer1,

    /// <summary>What the second stage gives, averaged over the picture; the backbone's file must have the stages.</summary>
    Layer2,

    /// <summary>What the third stage gives, averaged over the picture; the backbone's file must have the stages.</summary>
    Layer3,

    /// <summary>
    /// What the last stage gives, averaged over the picture: the same numbers as <see cref="Features"/>. The backbone's file must have the
    /// stages.
    /// </summary>
    Layer4,
}
