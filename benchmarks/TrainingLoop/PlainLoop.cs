using System.Diagnostics;
using ResNetMLNet.Backbones;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

/// <summary>What a program writes by itself: SGD over a batch that is in memory already, with batch norms frozen.</summary>
internal sealed class PlainLoop : IDisposable
{
    private readonly Linear classifier;
    private readonly SGD sgd;

    public PlainLoop(string backbone, InitialWeights weights, int classes, double learningRate)
    {
        Network = BackboneRegistry.Create(backbone, weights, classes: 0);
        classifier = nn.Linear(Network.Spec.FeatureWidth, classes);
        sgd = optim.SGD([.. Network.parameters(), .. classifier.parameters()], learningRate, momentum: 0.9, nesterov: true);
        Network.train();
        foreach (BatchNorm2d norm in Network.modules().OfType<BatchNorm2d>()) norm.eval();
    }

    public Backbone Network { get; }

    /// <summary>Trains on the same batch again and again.</summary>
    /// <returns>Images a second.</returns>
    public double Speed(Tensor images, Tensor labels, int steps)
    {
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < steps; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor loss = nn.functional.cross_entropy(classifier.call(Network.call(images)), labels);
            sgd.zero_grad();
            loss.backward();
            sgd.step();
            loss.item<float>();
        }
        return steps * images.shape[0] / clock.Elapsed.TotalSeconds;
    }

    public void Dispose()
    {
        sgd.Dispose();
        classifier.Dispose();
        Network.Dispose();
    }
}
