namespace ResNetMLNet.MLNetPipelines;

/// <summary>The numbers that 8 bits stand for: zero is one of them, exactly.</summary>
/// <param name="Low">At most 0.</param>
/// <param name="High">At least 0.</param>
internal readonly record struct ValueRange(float Low, float High)
{
    private const int Levels = 255;

    // Below it products of two scales would leave the normal numbers.
    private const float SmallestScale = 1e-12f;

    /// <summary>The distance of two levels. Of values that are always zero it is 1.</summary>
    public float Scale => High > Low ? Math.Max((High - Low) / Levels, SmallestScale) : 1;

    /// <summary>The level that is zero.</summary>
    public byte ZeroPoint => (byte)Math.Clamp(MathF.Round(-Low / Scale), 0, Levels);

    public ValueRange With(ValueRange other) => new(Math.Min(Low, other.Low), Math.Max(High, other.High));
}
