using System.Globalization;
using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Writes parts of a network in equal forms that its integers are faster in.</summary>
internal static class NetworkRewriter
{
    // A form that gains less is not worth its size.
    private const double LeastGain = 1.05;

    /// <param name="model">The network in single precision; it is not changed.</param>
    /// <param name="rewrites">Where.</param>
    /// <param name="progress">Hears of trials.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The network, and what was rewritten, in words.</returns>
    public static (ModelProto Model, IReadOnlyList<string> Notes) Apply(
        ModelProto model, ExactRewrites rewrites, IProgress<QuantizationProgress>? progress, CancellationToken cancellationToken)
    {
        if (rewrites == ExactRewrites.Never) return (model, []);
        ModelProto rewritten = model.Clone();
        var graph = new NetworkGraph(model);
        RewriteSite[] sites = [.. GroupedConvolutions.Sites(graph), .. PaddedChannels.Sites(graph)];
        var trials = new RewriteTrials(graph);
        List<string> notes = [];
        foreach ((int done, RewriteSite site) in sites.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (rewrites == ExactRewrites.Always)
            {
                Write(site, site.Forms[0], "");
                continue;
            }

            progress?.Report(new QuantizationProgress("Timing equal forms", done, sites.Length));
            (RewriteForm form, double gain) = trials.Best(site);
            if (gain >= LeastGain) Write(site, form, string.Create(CultureInfo.InvariantCulture, $", {gain:F1} times as fast here"));
        }

        return (rewritten, notes);

        void Write(RewriteSite site, RewriteForm form, string gain)
        {
            form.Apply(rewritten.Graph);
            notes.Add($"{site.Name}: {form.Description}{gain}");
        }
    }
}
