using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>
/// LAMB: Adam's direction, and for each tensor a step in proportion to the tensor's own length (You et al. 2019, arXiv:1904.00962,
/// algorithm 2). Tensors without weight decay take Adam's step as it is, as timm has it.
/// </summary>
internal sealed class Lamb : OptimizerHelper
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-6;

    public Lamb(IEnumerable<Group> groups)
    {
        _defaults = new Options();
        _parameter_groups = [];
        foreach (Group group in groups) add_param_group(group);
    }

    public override void add_param_group(ParamGroup param_group)
    {
        base.add_param_group(param_group);
        foreach (Parameter parameter in param_group.Parameters)
        {
            var state = new State(parameter);
            _state[parameter.Handle] = state;
            state.Initialize(param_group.Options);
        }
    }

    public override Tensor step(Func<Tensor>? closure = null) => _step<Group>(
        group =>
        {
            foreach (Parameter parameter in group.Parameters)
            {
                using DisposeScope scope = NewDisposeScope();
                if (parameter.grad is Tensor gradient)
                    Move(parameter, gradient, (State)_state[parameter.Handle], group.LearningRate, group.Options.WeightDecay);
            }
        },
        closure);

    private static void Move(Tensor parameter, Tensor gradient, State state, double learningRate, double weightDecay)
    {
        state.Step++;
        state.Mean.MultiplyInPlace(Beta1).AddInPlace(gradient, 1 - Beta1);
        state.Square.MultiplyInPlace(Beta2).AddProductInPlace(gradient, gradient, 1 - Beta2);
        double meanScale = 1 / (1 - Math.Pow(Beta1, state.Step)), squareScale = 1 / (1 - Math.Pow(Beta2, state.Step));
        Tensor direction = state.Mean.Times(meanScale) / state.Square.Times(squareScale).sqrt_().Plus(Epsilon);
        double trust = 1;
        if (weightDecay > 0)
        {
            direction = direction.Plus(parameter.Times(weightDecay));
            double length = parameter.norm().item<float>(), step = direction.norm().item<float>();
            if (length > 0 && step > 0) trust = length / step;
        }
        parameter.AddInPlace(direction, -learningRate * trust);
    }

    /// <summary>Parameters that share a learning rate and a weight decay.</summary>
    public sealed class Group(IEnumerable<Parameter> parameters, Options options) : ParamGroup<Options>(parameters, options);

    public sealed class Options : OptimizerOptions
    {
        public double WeightDecay { get; init; }
    }

    private sealed class State(Parameter parameter) : OptimizerState(parameter), IDisposable
    {
        private Tensor mean = null!;
        private Tensor square = null!;

        public long Step { get; set; }

        public Tensor Mean => mean;

        public Tensor Square => square;

        public override void Initialize(OptimizerOptions options)
        {
            Dispose();
            (Step, mean, square) = (0, zeros_like(_parameter).DetachFromDisposeScope(), zeros_like(_parameter).DetachFromDisposeScope());
        }

        public override void SaveStateDict(BinaryWriter writer)
        {
            writer.Write(Step);
            mean.Save(writer);
            square.Save(writer);
        }

        public override void LoadStateDict(BinaryReader reader)
        {
            Step = reader.ReadInt64();
            TensorExtensionMethods.Load(ref mean!, reader);
            TensorExtensionMethods.Load(ref square!, reader);
        }

        public override void LoadStateDict(OptimizerState source)
        {
            var other = (State)source;
            (Step, mean, square) = (other.Step, other.mean, other.square);
        }

        public void Dispose()
        {
            mean?.Dispose();
            square?.Dispose();
        }
    }
}
