namespace ResNetMLNet.Trainer;

/// <summary>
/// What RandAugment and TrivialAugment do to a picture: Pillow's operations, and its pixels to the last bit, as torchvision and timm call
/// them. The magnitude is in brackets.
/// </summary>
internal enum PictureOperation
{
    /// <summary>Nothing.</summary>
    Identity,

    /// <summary>Rows move sideways, the lower the further (pixels to a row); what comes in is black.</summary>
    ShearX,

    /// <summary>Columns move up or down (pixels to a column); what comes in is black.</summary>
    ShearY,

    /// <summary>Everything moves sideways (pixels); what comes in is black.</summary>
    TranslateX,

    /// <summary>Everything moves up or down (pixels); what comes in is black.</summary>
    TranslateY,

    /// <summary>Turned about the middle (degrees, counter-clockwise); what comes in is black.</summary>
    Rotate,

    /// <summary>Away from black (change of the factor).</summary>
    Brightness,

    /// <summary>Away from grey; "Color" in the papers (change of the factor).</summary>
    Saturation,

    /// <summary>Away from the mean grey (change of the factor).</summary>
    Contrast,

    /// <summary>Away from a blurred copy (change of the factor).</summary>
    Sharpness,

    /// <summary>Only the upper bits of each channel stay (bits).</summary>
    Posterize,

    /// <summary>Values are inverted from a threshold on (threshold).</summary>
    Solarize,

    /// <summary>Values below 128 are increased, to at most 255 (by how much).</summary>
    SolarizeAdd,

    /// <summary>Values are inverted.</summary>
    Invert,

    /// <summary>Each channel is stretched to reach from 0 to 255.</summary>
    AutoContrast,

    /// <summary>Each channel's values become about equally frequent.</summary>
    Equalize,
}
