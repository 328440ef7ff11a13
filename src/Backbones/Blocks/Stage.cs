using ResNetMLNet.Backbones.Operators;

namespace ResNetMLNet.Backbones.Blocks;

/// <summary>Blocks one after another; the first makes the stage's stride and width. The keys are the positions: <c>layer1.0</c>.</summary>
internal sealed class Stage : Layer
{
    private readonly Layer[] blocks;

    public Stage(BackboneSpec spec, int depth, BlockPlace first, LayerFactory make)
    {
        int outChannels = first.Planes * spec.Block.Expansion;
        blocks = new Layer[depth];
        for (int i = 0; i < depth; i++)
        {
            BlockPlace place = i == 0 ? first : new BlockPlace(outChannels, first.Planes, Stride: 1);
            Layer shortcut = place.Stride == 1 && place.InChannels == outChannels
                ? new Identity()
                : spec.Shortcut.Create(place.InChannels, outChannels, place.Stride, make);
            blocks[i] = spec.Block.Create(place, shortcut, make);
            register_module($"{i}", blocks[i]);
        }
    }

    public override T Dataflow<T>(IOperators<T> op, T x)
    {
        foreach (Layer block in blocks) x = op.Run(block, x);
        return x;
    }
}
