using Microsoft.ML.OnnxRuntime;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Blocks;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.Backbones.Operators;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Backbones.Tests;

/// <summary>Blocks that the library does not know: sound ones are run, exported and counted like its own, others are refused in words.</summary>
[TestClass]
public sealed class CustomBlockTests
{
    private static BackboneSpec Spec(Kind kind) => new()
    {
        Name = "mine",
        Block = new Mine(kind),
        Depths = new(1, 2, 1, 1),
        Planes = 8,
        Stem = Stem.Small(8),
        Classes = 3,
        Input = new InputSpec { ImageSize = 32 },
    };

    [TestMethod]
    [DataRow(Kind.PreActivation)]
    [DataRow(Kind.TwoBranches)]
    public void A_block_of_ones_own_trains_exports_and_is_counted(Kind kind)
    {
        using var folder = new TemporaryFolder();
        using DisposeScope scope = NewDisposeScope();
        using var backbone = new Backbone(Spec(kind));
        Tensor images = randn(4, 3, 32, 32);
        backbone.call(images).pow(2).mean().backward();
        foreach ((string name, Parameter parameter) in backbone.named_parameters())
            Assert.IsGreaterThan(0, parameter.grad!.abs().sum().item<float>(), name);

        // Frozen norms are folded into their convolutions while training.
        foreach (BatchNorm2d norm in backbone.modules().OfType<BatchNorm2d>()) norm.eval();
        Tensor frozen = backbone.Features(images);
        backbone.eval();
        OnnxRuntime.AssertClose(backbone.Features(images), frozen.detach().data<float>().ToArray());

        string path = folder["mine.onnx"];
        OnnxExporter.Export(backbone, path);
        using var session = new InferenceSession(path);
        byte[] pixels = [.. Enumerable.Range(0, 32 * 32 * 3).Select(i => (byte)(i * 7 % 251))];
        Tensor normalized = (tensor(pixels).reshape(1, 32, 32, 3).permute(0, 3, 1, 2).to(ScalarType.Float32) / 255
            - tensor(backbone.Spec.Input.Mean.ToArray()).to(ScalarType.Float32).reshape(1, 3, 1, 1)) / tensor(backbone.Spec.Input.Std.ToArray()).to(ScalarType.Float32).reshape(1, 3, 1, 1);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 32, 32, 3]);
        using var outputs = session.Run(new RunOptions(), ["pixels"], [input], ["features"]);
        OnnxRuntime.AssertClose(backbone.Features(normalized), outputs[0].GetTensorDataAsSpan<float>().ToArray());
        Assert.AreEqual(backbone.parameters().Sum(parameter => parameter.numel()), BackboneCost.Of(backbone.Spec).Parameters);
    }

    /// <summary>Both branches end in a batch norm, and only without both is a block its shortcut.</summary>
    [TestMethod]
    public void All_norms_that_end_a_branch_start_at_zero()
    {
        using var backbone = new Backbone(Spec(Kind.TwoBranches));
        backbone.ZeroResidualNorms();
        foreach ((string name, Parameter parameter) in backbone.named_parameters())
        {
            if (name.EndsWith("bn1.weight", StringComparison.Ordinal) && name != "bn1.weight" || name.EndsWith("bn2.weight", StringComparison.Ordinal))
                Assert.AreEqual(0f, parameter.abs().sum().item<float>(), name);
        }
    }

    [TestMethod]
    [DataRow(Kind.ReluOfInput, "a ReLU of a layer's input, which it would overwrite")]
    [DataRow(Kind.ReluOfRelu, "a ReLU of another ReLU's output")]
    [DataRow(Kind.ReluOfSigmoid, "a ReLU of a sigmoid's output")]
    [DataRow(Kind.ReluOfPart, "a ReLU of a part of a split")]
    [DataRow(Kind.UsedAfterRelu, "a value that is used after a ReLU has overwritten it ([8, 8, 8]); use the ReLU's output")]
    [DataRow(Kind.UsedBeforeRelu, "a ReLU of a value that is used elsewhere too")]
    [DataRow(Kind.WrongChannels, "blocks whose stage 1 gives [4, 8, 8] in place of [8, 8, 8]")]
    [DataRow(Kind.WrongStride, "blocks whose stage 2 gives [16, 8, 8] in place of [16, 4, 4]")]
    [DataRow(Kind.WrongGate, "[8, 8, 8] weighed by [8, 8, 8]")]
    [DataRow(Kind.UnequalParts, "maps to be joined of [8, 8, 8] and [8, 4, 4]")]
    public void A_block_that_does_not_fit_is_refused(Kind kind, string problem)
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new Backbone(Spec(kind), META).Dispose());
        StringAssert.StartsWith(error.Message, $"Backbone 'mine' has {problem}");
    }

    public enum Kind
    {
        /// <summary>He et al. 2016, arXiv:1603.05027, fig. 4e.</summary>
        PreActivation,
        TwoBranches,
        ReluOfInput,
        ReluOfRelu,
        ReluOfSigmoid,
        ReluOfPart,
        UsedAfterRelu,
        UsedBeforeRelu,
        WrongChannels,
        WrongStride,
        WrongGate,
        UnequalParts,
    }

    private sealed record Mine(Kind Kind) : Block
    {
        public override int Expansion => 1;

        protected internal override Layer Create(BlockPlace place, Layer shortcut, LayerFactory make) => new MineLayer(Kind, place, shortcut, make);
    }

    private sealed class MineLayer : Layer
    {
        private readonly Kind kind;
        private readonly Conv2d conv1, conv2;
        private readonly BatchNorm2d bn1, bn2;
        private readonly Layer downsample;

        public MineLayer(Kind kind, BlockPlace place, Layer shortcut, LayerFactory make)
        {
            this.kind = kind;
            int planes = kind == Kind.WrongChannels ? place.Planes / 2 : place.Planes;
            conv1 = make.Conv(place.InChannels, planes, kernel: 3, kind == Kind.WrongStride ? 1 : place.Stride);
            conv2 = kind == Kind.TwoBranches ? make.Conv(place.InChannels, planes, kernel: 1, place.Stride) : make.Conv(planes, planes, kernel: 3);
            bn1 = make.BatchNorm(kind == Kind.PreActivation ? place.InChannels : planes);
            bn2 = make.BatchNorm(planes);
            downsample = shortcut;
            RegisterComponents();
        }

        public override T Dataflow<T>(IOperators<T> op, T x)
        {
            if (kind == Kind.PreActivation)
            {
                T inner = op.Conv(op.Relu(op.BatchNorm(x, bn1)), conv1);
                return op.Residual(op.Conv(op.Relu(op.BatchNorm(inner, bn2)), conv2), op.Run(downsample, x));
            }
            T y = kind == Kind.ReluOfInput ? op.Relu(x) : op.BatchNorm(op.Conv(x, conv1), bn1);
            return kind switch
            {
                Kind.TwoBranches => op.Relu(op.Residual(op.Add(y, op.BatchNorm(op.Conv(x, conv2), bn2)), op.Run(downsample, x))),
                Kind.ReluOfRelu => op.Relu(op.Relu(y)),
                Kind.ReluOfSigmoid => op.Relu(op.Sigmoid(y)),
                Kind.ReluOfPart => op.Relu(op.Split(y, 2)[0]),
                Kind.UsedAfterRelu => op.Add(op.Relu(y), y),
                Kind.UsedBeforeRelu => op.Add(op.Sigmoid(y), op.Relu(y)),
                Kind.WrongGate => op.Multiply(y, op.Sigmoid(y)),
                Kind.UnequalParts => op.Concat([y, op.AveragePool(y, new Pooling(2, 2))]),
                _ => y,
            };
        }
    }
}
