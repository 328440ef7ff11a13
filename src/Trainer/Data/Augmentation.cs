namespace ResNetMLNet.Trainer;

/// <summary>
/// Random changes of pictures while training, in the order of the properties. By default none: the picture is resized and cut out of the
/// middle, as for evaluation. What a picture gets depends on seed, epoch and its place in the epoch only.
/// </summary>
internal sealed record Augmentation
{
    /// <summary>A crop of random size, place and shape, resized to the network's size; otherwise the crop in the middle.</summary>
    public RandomResizedCrop? Crop { get; init; }

    /// <summary>How often the picture is mirrored, 0 to 1; 0.5 in nearly every recipe (Krizhevsky et al. 2012, section 4.1).</summary>
    public double HorizontalFlip { get; init; }

    /// <summary>How often it is turned upside down, 0 to 1: for pictures from above, or through a microscope.</summary>
    public double VerticalFlip { get; init; }

    /// <summary>Operations drawn from a fixed set.</summary>
    public AutoAugment? AutoAugment { get; init; }

    /// <summary>Brightness, contrast, saturation and hue.</summary>
    public ColorJitter? ColorJitter { get; init; }

    /// <summary>A rectangle that is blotted out.</summary>
    public RandomErasing? Erasing { get; init; }

    /// <summary>What is right for most photos: random crops and mirroring, as torchvision's reference recipe for ResNet has them.</summary>
    public static Augmentation Standard { get; } = new() { Crop = new RandomResizedCrop(), HorizontalFlip = 0.5 };
}

/// <summary>
/// A crop whose area and aspect ratio are random, as torchvision's RandomResizedCrop draws them (Szegedy et al. 2014, arXiv:1409.4842,
/// section 6, "Training Methodology"): the area evenly, the ratio evenly in its logarithm.
/// </summary>
internal sealed record RandomResizedCrop
{
    /// <summary>
    /// Smallest part of the picture's area, in (0, 1]. Small data sets that are fine-tuned do better with more than the paper's 0.08.
    /// </summary>
    public double MinScale { get; init; } = 0.08;

    /// <summary>Largest part of the picture's area, in (0, 1].</summary>
    public double MaxScale { get; init; } = 1;

    /// <summary>Smallest width divided by height.</summary>
    public double MinAspect { get; init; } = 3 / 4.0;

    /// <summary>Largest width divided by height.</summary>
    public double MaxAspect { get; init; } = 4 / 3.0;

    /// <summary>Draws a crop.</summary>
    /// <param name="width">The picture's.</param>
    /// <param name="height">The picture's.</param>
    /// <param name="random">Where from.</param>
    /// <returns>A rectangle of at least one pixel within the picture.</returns>
    public (int Left, int Top, int Width, int Height) Draw(int width, int height, ref RandomStream random)
    {
        const int tries = 10;
        for (int i = 0; i < tries; i++)
        {
            double area = (double)width * height * random.Uniform(MinScale, MaxScale);
            double aspect = Math.Exp(random.Uniform(Math.Log(MinAspect), Math.Log(MaxAspect)));
            int cropWidth = (int)Math.Round(Math.Sqrt(area * aspect)), cropHeight = (int)Math.Round(Math.Sqrt(area / aspect));
            if (cropWidth >= 1 && cropWidth <= width && cropHeight >= 1 && cropHeight <= height)
                return (random.Below(width - cropWidth + 1), random.Below(height - cropHeight + 1), cropWidth, cropHeight);
        }

        // A picture much wider or higher than any crop: the largest in the middle.
        double own = (double)width / height;
        int w = own > MaxAspect ? Math.Max(1, (int)Math.Round(height * MaxAspect)) : width;
        int h = own < MinAspect ? Math.Max(1, (int)Math.Round(width / MinAspect)) : height;
        return ((width - w) / 2, (height - h) / 2, w, h);
    }
}

/// <summary>
/// Random brightness, contrast, saturation and hue, in random order, as torchvision's ColorJitter with Pillow's operations (Howard 2013,
/// arXiv:1312.5402, section 2.2, for the first three). Each of the first three is a strength s: a factor drawn from [max(0, 1 - s), 1 + s].
/// </summary>
internal sealed record ColorJitter
{
    public double Brightness { get; init; }

    public double Contrast { get; init; }

    public double Saturation { get; init; }

    /// <summary>
    /// The most that hues are turned by, either way, in turns of the colour circle: 0 to 0.5. It costs more time than all else together.
    /// </summary>
    public double Hue { get; init; }
}

/// <summary>
/// Blots out a rectangle (Zhong et al. 2017, arXiv:1708.04896, section 3.2), with torchvision's ranges. The colour is ImageNet's mean,
/// which the network sees as 0, as torchvision's default; the paper prefers noise.
/// </summary>
internal sealed record RandomErasing
{
    /// <summary>How often, 0 to 1.</summary>
    public double Probability { get; init; } = 0.25;

    /// <summary>Smallest part of the picture.</summary>
    public double MinScale { get; init; } = 0.02;

    /// <summary>Largest part of the picture.</summary>
    public double MaxScale { get; init; } = 0.33;

    /// <summary>Smallest height divided by width; the largest is its inverse.</summary>
    public double MinAspect { get; init; } = 0.3;

    /// <summary>Draws whether and what.</summary>
    /// <returns>A rectangle smaller than the picture; empty where nothing is blotted out.</returns>
    public (int Left, int Top, int Width, int Height) Draw(int size, ref RandomStream random)
    {
        const int tries = 10;
        if (!random.Happens(Probability)) return default;
        for (int i = 0; i < tries; i++)
        {
            double area = (double)size * size * random.Uniform(MinScale, MaxScale);
            double aspect = Math.Exp(random.Uniform(Math.Log(MinAspect), -Math.Log(MinAspect)));
            int height = (int)Math.Round(Math.Sqrt(area * aspect)), width = (int)Math.Round(Math.Sqrt(area / aspect));
            if (height < size && width < size) return (random.Below(size - width + 1), random.Below(size - height + 1), width, height);
        }

        return default;
    }
}
