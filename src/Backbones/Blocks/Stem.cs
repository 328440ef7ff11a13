using ResNetMLNet.Backbones.Operators;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace ResNetMLNet.Backbones.Blocks;

/// <summary>
/// The layers before the first stage: convolution to half the size, batch norm, ReLU, max pool to a quarter; or all of it at full size.
/// </summary>
public abstract record Stem
{
    private protected Stem()
    {
    }

    /// <summary>One 7x7 convolution to 64 channels (He et al. 2015, arXiv:1512.03385, table 1).</summary>
    public static Stem Plain { get; } = new PlainStem(64);

    /// <summary>
    /// ResNet-C: three 3x3 convolutions of <paramref name="width"/>, <paramref name="width"/> and twice as many channels (He et al. 2018,
    /// arXiv:1812.01187, fig. 2b).
    /// </summary>
    public static Stem Deep(int width) => new DeepStem(width, width, 2 * width);

    /// <summary>ResNet-C with three quarters of <paramref name="width"/> in the first convolution: timm's "t" models.</summary>
    public static Stem Tiered(int width) => new DeepStem(3 * (width / 4), width, 2 * width);

    /// <summary>
    /// For images of about 32 pixels, at least 8: one 3x3 convolution that keeps the size, and no pooling (He et al. 2015,
    /// arXiv:1512.03385, section 4.2).
    /// </summary>
    public static Stem Small(int width) => new PlainStem(width) { Kernel = 3, KeepsSize = true };

    /// <summary>
    /// ResNet-C's three 3x3 convolutions for images of about 32 pixels, at least 8: they keep the size, and there is no pooling.
    /// </summary>
    public static Stem SmallDeep(int width) => new DeepStem(width, width, 2 * width) { KeepsSize = true };

    /// <summary>Whether pictures keep their size; otherwise a stride and a pooling take them to a quarter of it.</summary>
    public bool KeepsSize { get; init; }

    /// <summary>Channels that the first stage gets.</summary>
    public abstract int Channels { get; }

    /// <summary>Stride of the first convolution.</summary>
    internal int Stride => KeepsSize ? 1 : 2;

    /// <summary>Pixels of an image, in each direction, for one position that the first stage gets.</summary>
    internal int OutputStride => Stride * Pool.Stride;

    internal Pooling Pool => KeepsSize ? Pooling.None : Pooling.Stem;

    internal abstract Layer Create(LayerFactory make);
}

/// <summary>One convolution.</summary>
public sealed record PlainStem(int Width) : Stem
{
    /// <summary>Height and width of the convolution in pixels, odd.</summary>
    public int Kernel { get; init; } = 7;

    /// <inheritdoc/>
    public override int Channels => Width;

    internal override Layer Create(LayerFactory make) => new PlainStemLayer(this, make);
}

/// <summary>ResNet-C's three 3x3 convolutions, with the channels of each.</summary>
public sealed record DeepStem(int Width1, int Width2, int Width3) : Stem
{
    /// <inheritdoc/>
    public override int Channels => Width3;

    internal override Layer Create(LayerFactory make) => new DeepStemLayer(this, make);
}

/// <summary>[N, 3, H, W] -> [N, Width, H/4, W/4], or [N, Width, H, W].</summary>
internal sealed class PlainStemLayer : Layer
{
    private readonly Pooling pool;
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;

    public PlainStemLayer(PlainStem spec, LayerFactory make)
    {
        pool = spec.Pool;
        conv1 = make.Conv(3, spec.Width, spec.Kernel, spec.Stride);
        bn1 = make.BatchNorm(spec.Width);
        RegisterComponents();
    }

    public override T Dataflow<T>(IOperators<T> op, T x) =>
        op.MaxPool(op.Relu(op.BatchNorm(op.Conv(x, conv1), bn1)), pool);
}

/// <summary>[N, 3, H, W] -> [N, Width3, H/4, W/4], or [N, Width3, H, W].</summary>
internal sealed class DeepStemLayer : Layer
{
    private readonly Pooling pool;
    private readonly ThreeConvolutions conv1;
    private readonly BatchNorm2d bn1;

    public DeepStemLayer(DeepStem spec, LayerFactory make)
    {
        pool = spec.Pool;
        conv1 = new ThreeConvolutions(spec, make);
        bn1 = make.BatchNorm(spec.Width3);
        RegisterComponents();
    }

    public override T Dataflow<T>(IOperators<T> op, T x) =>
        op.MaxPool(op.Relu(op.BatchNorm(op.Run(conv1, x), bn1)), pool);

    /// <summary>PyTorch's Sequential(conv, norm, ReLU, conv, norm, ReLU, conv): the keys are the positions.</summary>
    private sealed class ThreeConvolutions : Layer
    {
        [ComponentName(Name = "0")] private readonly Conv2d conv0;
        [ComponentName(Name = "1")] private readonly BatchNorm2d bn1;
        [ComponentName(Name = "3")] private readonly Conv2d conv3;
        [ComponentName(Name = "4")] private readonly BatchNorm2d bn4;
        [ComponentName(Name = "6")] private readonly Conv2d conv6;

        public ThreeConvolutions(DeepStem spec, LayerFactory make)
        {
            conv0 = make.Conv(3, spec.Width1, kernel: 3, spec.Stride);
            bn1 = make.BatchNorm(spec.Width1);
            conv3 = make.Conv(spec.Width1, spec.Width2, kernel: 3);
            bn4 = make.BatchNorm(spec.Width2);
            conv6 = make.Conv(spec.Width2, spec.Width3, kernel: 3);
            RegisterComponents();
        }

        public override T Dataflow<T>(IOperators<T> op, T x)
        {
            T y = op.Relu(op.BatchNorm(op.Conv(x, conv0), bn1));
            y = op.Relu(op.BatchNorm(op.Conv(y, conv3), bn4));
            return op.Conv(y, conv6);
        }
    }
}
