using TorchSharp;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones.Operators;

/// <summary>
/// Arithmetic of tensors with numbers, and sums of tensors, all of it here: TorchSharp 0.107 makes a native Scalar for each, also for the
/// factor 1 of x + y, and hands libtorch its address while the garbage collector may finalize it. Here it is held until libtorch is done.
/// </summary>
internal static class TensorArithmetic
{
    private static readonly Scalar One = 1, MinusOne = -1, Zero = 0;

    /// <summary>x + y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, One);

    /// <summary>x + factor * y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y, double factor)
    {
        using Scalar scalar = factor;
        return x.add(y, scalar);
    }

    /// <summary>x + number.</summary>
    public static Tensor Plus(this Tensor x, double number)
    {
        using Scalar scalar = number;
        return x.add(scalar, One);
    }

    /// <summary>x * factor.</summary>
    public static Tensor Times(this Tensor x, double factor)
    {
        using Scalar scalar = factor;
        return x.mul(scalar);
    }

    /// <summary>x / divisor.</summary>
    public static Tensor DividedBy(this Tensor x, double divisor)
    {
        using Scalar scalar = divisor;
        return x.div(scalar);
    }

    /// <summary>Where x is above zero.</summary>
    public static Tensor IsPositive(this Tensor x) => x.gt(Zero);

    /// <summary>x becomes x + 1.</summary>
    public static Tensor CountUp(this Tensor x) => x.add_(One, One);

    /// <summary>x becomes x + factor * y.</summary>
    public static Tensor AddInPlace(this Tensor x, Tensor y, double factor)
    {
        using Scalar scalar = factor;
        return x.add_(y, scalar);
    }

    /// <summary>x becomes x - y.</summary>
    public static Tensor SubtractInPlace(this Tensor x, Tensor y) => x.add_(y, MinusOne);

    /// <summary>x becomes x + factor * y * z.</summary>
    public static Tensor AddProductInPlace(this Tensor x, Tensor y, Tensor z, double factor)
    {
        using Scalar scalar = factor;
        return x.addcmul_(y, z, scalar);
    }

    /// <summary>x becomes x + factor * y / z.</summary>
    public static Tensor AddQuotientInPlace(this Tensor x, Tensor y, Tensor z, double factor)
    {
        using Scalar scalar = factor;
        return x.addcdiv_(y, z, scalar);
    }

    /// <summary>x becomes x * factor.</summary>
    public static Tensor MultiplyInPlace(this Tensor x, double factor)
    {
        using Scalar scalar = factor;
        return x.mul_(scalar);
    }

    /// <summary>x becomes x / divisor.</summary>
    public static Tensor DivideInPlace(this Tensor x, double divisor)
    {
        using Scalar scalar = divisor;
        return x.div_(scalar);
    }
}
