namespace ResNetMLNet.Backbones.Operators;

/// <summary>The layers of a network in the order in which they run, as they are met.</summary>
internal sealed class CostCounter
{
    private readonly List<LayerCost> layers = [];

    public IReadOnlyList<LayerCost> Layers => layers;

    public CostValue Convolution(string name, CostValue x, ConvolutionGeometry geometry, long weights, long biases)
    {
        var y = new CostValue(geometry.Output(x.Shape), x.ReceptiveField + (geometry.Reach - 1) * x.Jump,
            x.Jump * geometry.Stride)
        { Images = x.Images };
        return Add(
            new LayerCost(name, "convolution", y.Shape)
            {
                Kernel = geometry.Kernel,
                Stride = geometry.Stride,
                Groups = geometry.Groups,
                Parameters = weights + biases,
                MultiplyAccumulates = checked(weights * y.Shape.Height * y.Shape.Width * y.Images),
                Images = y.Images,
                ReceptiveField = y.ReceptiveField,
            },
            y);
    }

    public CostValue BatchNorm(string name, CostValue x, long channels) =>
        Add(new LayerCost(name, "batch norm", x.Shape) { Parameters = 2 * channels, ReceptiveField = x.ReceptiveField }, x);

    public CostValue Pool(string kind, CostValue x, Pooling pool)
    {
        var y = new CostValue(x.Shape.Pooled(pool), x.ReceptiveField + (pool.Kernel - 1) * x.Jump,
            x.Jump * pool.Stride)
        { Images = x.Images };
        return Add(new LayerCost("", kind, y.Shape)
        {
            Kernel = pool.Kernel,
            Stride = pool.Stride,
            Images = y.Images,
            ReceptiveField = y.ReceptiveField
        }, y);
    }

    public CostValue Linear(string name, CostValue x, int outFeatures, long weights, long biases)
    {
        CostValue y = x with { Shape = new FeatureMap(outFeatures, 1, 1) };
        return Add(
            new LayerCost(name, "linear", y.Shape)
            {
                Parameters = weights + biases,
                MultiplyAccumulates = weights * y.Images,
                Images = y.Images,
                ReceptiveField = y.ReceptiveField
            }, y);
    }

    public CostValue Add(LayerCost layer, CostValue output)
    {
        layers.Add(layer);
        return output;
    }
}
