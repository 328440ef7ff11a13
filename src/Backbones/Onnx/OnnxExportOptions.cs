using System.Diagnostics.CodeAnalysis;

namespace ResNetMLNet.Backbones.Onnx;

/// <summary>What an exported file takes and gives.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>What goes in.</summary>
    public OnnxInput Input { get; init; } = OnnxInput.Pixels;

    /// <summary>Whether <c>features</c>, float [N, FeatureWidth], comes out.</summary>
    public bool Features { get; init; } = true;

    /// <summary>Whether <c>logits</c>, float [N, Classes], comes out.</summary>
    public bool Logits { get; init; }

    /// <summary>
    /// Whether <c>layer1</c> to <c>layer4</c>, float [N, C], come out: what the stages give, averaged over the picture. Earlier stages see
    /// texture and colour, later ones objects.
    /// </summary>
    public bool Stages { get; init; }

    /// <summary>
    /// Height and width of the input in pixels, at least <see cref="BackboneSpec.OutputStride"/>; by default the backbone's own.
    /// </summary>
    public int? ImageSize { get; init; }

    /// <summary>How whoever uses the file is to make a square of an image; null is the backbone's own way.</summary>
    public Resizing? Resizing { get; init; }

    /// <summary>
    /// What the convolutions compute in: <see cref="OnnxPrecision.Float32"/> or <see cref="OnnxPrecision.Half"/>. What goes in and comes
    /// out is what it is otherwise, as are normalization and classifier.
    /// </summary>
    public OnnxPrecision Precision { get; init; }

    /// <summary>
    /// Whether each picture's mirror image goes through the network too, and both ones' features are averaged: test-time augmentation
    /// inside the file, at twice its cost (Krizhevsky et al. 2012, section 4.1, with crops besides).
    /// </summary>
    public bool MirrorAverage { get; init; }

    /// <summary>Names of the classes, for the file's metadata.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    internal void Check(BackboneSpec spec)
    {
        if (!Features && !Logits && !Stages) throw new ArgumentException("Nothing comes out: ask for features, logits or stages.");
        if (Precision == OnnxPrecision.Int8)
            throw new ArgumentException("INT8 needs images to measure the network on: export it as Float32, then BackboneQuantizer.Quantize.");
        if (Resizing is { } resizing && !Enum.IsDefined(resizing))
            throw new ArgumentException($"{resizing} is not a way of resizing; choose Crop, Squash or Letterbox.");
        if (!Enum.IsDefined(Precision)) throw new ArgumentException($"{Precision} is not a precision; choose Float32 or Half.");
        if (Logits && spec.Classes == 0)
            throw new ArgumentException($"Backbone '{spec.Name}' has no classifier, so no logits; ask for its features.");
        SpecRules.CheckImageSize(spec, ImageSize ?? spec.Input.ImageSize);
        if (Labels is not null && Labels.Count != spec.Classes)
            throw new ArgumentException($"{Labels.Count} labels for {spec.Classes} classes.");
    }
}

/// <summary>What an exported file takes.</summary>
public enum OnnxInput
{
    /// <summary><c>pixels</c>, uint8 RGB [N, H, W, 3]; the file normalizes.</summary>
    Pixels,

    /// <summary><c>input</c>, float [N, 3, H, W], normalized by the caller.</summary>
    Tensor,
}

/// <summary>What an exported network computes in.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "They are the names that ONNX and the field have for them.")]
public enum OnnxPrecision
{
    /// <summary>Single precision (IEEE binary32): what it was trained in.</summary>
    Float32,

    /// <summary>Half precision (IEEE binary16): half the file, and on a GPU twice the speed or more.</summary>
    Half,

    /// <summary>
    /// 8-bit integers: a quarter of the file, and three times the speed on a CPU with VNNI. It takes images to choose the integers' scales
    /// by, so it is made of a file in <see cref="Float32"/>.
    /// </summary>
    Int8,
}
