using Microsoft.ML;
using ResNetMLNet.Backbones;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// A trained model that gives an image any number of labels, its figures, and how it came about. Disposing of it frees the networks, of which
/// <see cref="Model"/> uses one.
/// </summary>
public sealed class MultiLabelRun : IDisposable
{
    private readonly TrainedOutput<MultiLabelResult> output;

    internal MultiLabelRun(TrainedOutput<MultiLabelResult> output)
    {
        this.output = output;
        Classifier = ImageClassifier.Of(output.Result.Model);
        History = [.. output.Result.History.Cast<MultiLabelEpoch>()];
    }

    /// <summary>The network in TorchSharp as it was trained, or as it came: in evaluation mode, on the CPU, without a classifier.</summary>
    public Backbone Backbone => output.Result.Backbone;

    /// <summary>The head in numbers, with its labels and thresholds.</summary>
    internal MultiLabelHead Labeler => output.Result.Labeler;

    /// <summary>The exported network, until this is disposed of.</summary>
    internal string BackboneFile => output.BackboneFile;

    /// <summary>
    /// The model as an ML.NET transformer: a text column <c>ImagePath</c> in, <c>Score</c> (the probability of each label, in slots of their
    /// names) and <c>PredictedLabels</c> (a vector of text, as long as there are labels that reach their threshold) out.
    /// <c>mlContext.Model.Save</c> saves it.
    /// </summary>
    public ITransformer Model => output.Result.Model;

    /// <summary>The model as a function from files to labels: <see cref="ImagePrediction.Labels"/>.</summary>
    public ImageClassifier Classifier { get; }

    /// <summary>How good the model is on the images that it was validated on.</summary>
    public MultiLabelReport Report => output.Result.Figures;

    /// <summary>The report's figures, what was skipped, and problems of the data: what <c>metrics.json</c> has.</summary>
    public MultiLabelRunMetrics Metrics => output.Result.Metrics;

    /// <summary>The epochs; none for a head on a frozen backbone.</summary>
    public IReadOnlyList<MultiLabelEpoch> History { get; }

    /// <summary>
    /// Writes the model (<c>model.zip</c>), the backbone (<c>backbone.onnx</c>), figures, a report to look at and the model's card into a
    /// folder: whole or not at all.
    /// </summary>
    /// <param name="folder">Made where it is missing; files of other names in it stay.</param>
    /// <param name="overwrite">Whether an earlier result in it is replaced.</param>
    /// <param name="cancellationToken">Stops it, and leaves the folder as it was.</param>
    /// <exception cref="TrainingException">There is a result that may not be replaced, another run writes there, or nobody can.</exception>
    public void Save(string folder, bool overwrite = false, CancellationToken cancellationToken = default) =>
        output.Save(folder, overwrite, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => output.Dispose();
}
