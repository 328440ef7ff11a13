using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResNetMLNet.Trainer;

/// <summary>
/// An optimizer that keeps a few tensors for each parameter, of its shape. In place of TorchSharp's own, which hand libtorch the address of
/// numbers that the garbage collector may finalize meanwhile (see TensorArithmetic).
/// </summary>
internal abstract class MomentOptimizer : OptimizerHelper
{
    private readonly int tensors;

    /// <param name="groups">The parameters.</param>
    /// <param name="tensors">How many tensors are kept for each, zeros at first.</param>
    protected MomentOptimizer(IEnumerable<Group> groups, int tensors)
    {
        this.tensors = tensors;
        _defaults = new Options();
        _parameter_groups = [];
        foreach (Group group in groups) add_param_group(group);
    }

    public override void add_param_group(ParamGroup param_group)
    {
        base.add_param_group(param_group);
        foreach (Parameter parameter in param_group.Parameters)
        {
            var moments = new Moments(parameter, tensors);
            _state[parameter.Handle] = moments;
            moments.Initialize(param_group.Options);
        }
    }

    public override Tensor step(Func<Tensor>? closure = null) => _step<Group>(
        group =>
        {
            foreach (Parameter parameter in group.Parameters)
            {
                using DisposeScope scope = NewDisposeScope();
                if (parameter.grad is not Tensor gradient) continue;
                var moments = (Moments)_state[parameter.Handle];
                moments.Step++;
                Move(parameter, gradient, moments, group.LearningRate, group.Options.WeightDecay);
            }
        },
        closure);

    /// <summary>Moves a parameter, in place.</summary>
    protected abstract void Move(Tensor parameter, Tensor gradient, Moments moments, double learningRate, double weightDecay);

    /// <summary>Parameters that share a learning rate and a weight decay.</summary>
    public sealed class Group(IEnumerable<Parameter> parameters, double learningRate, double weightDecay)
        : ParamGroup<Options>(parameters, new Options { LearningRate = learningRate, InitialLearningRate = learningRate, WeightDecay = weightDecay });

    public sealed class Options : OptimizerOptions
    {
        public double WeightDecay { get; init; }
    }

    /// <summary>What is kept for a parameter.</summary>
    protected sealed class Moments(Parameter parameter, int count) : OptimizerState(parameter), IDisposable
    {
        private readonly Tensor?[] tensors = new Tensor?[count];

        /// <summary>Which step it is, counted from 1.</summary>
        public long Step { get; set; }

        /// <summary>Zeros at first.</summary>
        public Tensor this[int index] => tensors[index] ??= zeros_like(_parameter).DetachFromDisposeScope();

        public override void Initialize(OptimizerOptions options)
        {
            Dispose();
            Step = 0;
            Array.Clear(tensors);
        }

        public override void SaveStateDict(BinaryWriter writer)
        {
            writer.Write(Step);
            for (int i = 0; i < tensors.Length; i++) this[i].Save(writer);
        }

        public override void LoadStateDict(BinaryReader reader)
        {
            Step = reader.ReadInt64();
            for (int i = 0; i < tensors.Length; i++) this[i].Load(reader);
        }

        public override void LoadStateDict(OptimizerState source)
        {
            var other = (Moments)source;
            Step = other.Step;
            for (int i = 0; i < tensors.Length; i++) this[i].copy_(other[i]);
        }

        public void Dispose()
        {
            foreach (Tensor? tensor in tensors) tensor?.Dispose();
        }
    }
}
