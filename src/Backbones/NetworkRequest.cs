using ResNetMLNet.Backbones.Weights;
using static TorchSharp.torch;

namespace ResNetMLNet.Backbones;

/// <summary>A network that is asked for: what it is, and what it starts with.</summary>
/// <param name="Spec">What to build.</param>
/// <param name="Weights">What it starts with; the best public weights where null.</param>
/// <param name="Classes">
/// Classes of the classifier, which is fresh where the weights have another number; null for as many as they have.
/// </param>
/// <param name="Device">Where the parameters live.</param>
internal sealed record NetworkRequest(BackboneSpec Spec, InitialWeights? Weights, int? Classes, Device? Device)
{
    private InitialWeights Initial => Weights ?? InitialWeights.Best;

    public Backbone Create(IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        PretrainedWeights? set = Initial.FindPretrained(Spec);
        // On another thread: the caller's may be one that its own continuations wait for.
        string? file = set is null
            ? null
            : Task.Run(() => InitialWeights.DownloadAsync(set, Initial, Spec, progress, cancellationToken)).GetAwaiter().GetResult();
        return Create(set, file);
    }

    public async Task<Backbone> CreateAsync(IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        PretrainedWeights? set = Initial.FindPretrained(Spec);
        string? file = set is null ? null : await InitialWeights.DownloadAsync(set, Initial, Spec, progress, cancellationToken);
        return await Task.Run(() => Create(set, file), cancellationToken);
    }

    private Backbone Create(PretrainedWeights? set, string? file)
    {
        using WeightSet? weights = set is null ? Initial.Read(Spec) : set.Read(file!);
        InputSpec? input = HasOwnInput ? null : weights?.Input ?? set?.Input;
        var backbone = new Backbone(Spec with { Classes = Classes ?? set?.Classes ?? Spec.Classes, Input = input ?? Spec.Input }, Device,
            initialize: weights is null);
        try
        {
            if (weights is not null) backbone.LoadWeights(weights, new WeightLoadingOptions { ReplaceClassifier = Classes is not null });
            return backbone;
        }
        catch
        {
            backbone.Dispose();
            throw;
        }
    }

    // Other than the catalog's, so somebody chose it.
    private bool HasOwnInput => Spec.Input != (BackboneRegistry.FindOrNull(Spec.Name)?.Input ?? InputSpec.ImageNet);
}
