using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer.Data;
using ResNetMLNet.Trainer.Reports;
using ResNetMLNet.Trainer.Tuning;

namespace ResNetMLNet.Trainer;

/// <summary>What a training gives: a head on a backbone, and how both came about.</summary>
internal sealed record TrainingResult
{
    public required TrainingRequest Request { get; init; }

    /// <summary>What was listed to train on and to validate on.</summary>
    public required TrainingImages Images { get; init; }

    public required FittedHead Head { get; init; }

    /// <summary>Where the backbone's weights come from.</summary>
    public required string Weights { get; init; }

    /// <summary>What was trained.</summary>
    public TuneKind Tune { get; init; } = TuneKind.Head;

    /// <summary>Settings of the recipe that was trained by.</summary>
    public IReadOnlyList<(string Name, string Value)> Recipe { get; init; } = [];

    public IReadOnlyList<EpochRecord> History { get; init; } = [];

    /// <summary>Images that were skipped before the head was fitted.</summary>
    public IReadOnlyList<SkippedImage> Skipped { get; init; } = [];

    /// <summary>
    /// Features to look for copies and doubtful labels by; null takes the head's. A network that has learned these images makes all of a class look alike.
    /// </summary>
    public (IReadOnlyList<LabeledFeatures> Train, IReadOnlyList<LabeledFeatures> Validation)? Unlearned { get; init; }

    /// <summary>Writes all of it at once into the result folder, where the backbone is already.</summary>
    public Metrics Write(ResultFolder results, TimeSpan elapsed, CancellationToken cancellationToken)
    {
        MLContext mlContext = Head.MLContext;
        var model = new TransformerChain<ITransformer>(Head.Featurizing, Head.Head);
        mlContext.Model.SaveImageModel(model, mlContext.Data.LoadFromEnumerable<ImageToClassify>([]).Schema, results[ResultFolder.Model]);
        SkippedImage[] skipped = [.. Skipped, .. Head.Skipped];
        Metrics metrics = Metrics.Of(Head.Report, Head.Featurizing.Featurizer, skipped, Head.Train.Count, elapsed) with { Weights = Weights, Tune = RecipeOptions.Text(Tune), Seed = Request.Seed, Head = Settings };
        (IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation) = Unlearned ?? (Head.Train, Head.Validation);
        bool pretrained = !Request.Weights.IsFresh, balanced = Request.Head.ClassWeights == ClassWeights.Balanced;
        metrics = metrics with
        {
            Problems =
            [
                .. ClassSets.Problems(Images.Classes, Head.Report.Classes, Head.Validation.Select(image => image.Label)),
                .. ResultProblems.Find(Head.Report, balanced),
                .. DataProblems.Find(train, validation, skipped, pretrained, balanced, cancellationToken),
            ],
            NotChecked = pretrained ? [] : [DataProblems.NotJudged],
            PassedOver = Images.PassedOver,
        };
        File.WriteAllText(results[ResultFolder.Metrics], Terminal.ToJson(metrics));
        if (History.Count > 0) File.WriteAllText(results[ResultFolder.History], Terminal.ToJson(History));
        // The classifier is the featurizer's again, which its owner disposes of.
        results.Write(RunReport.Of(Describe(results.Name), ImageClassifier.Of(model), metrics, Head.Validation, cancellationToken));
        if (Tune != TuneKind.Head) File.Copy(Path.Combine(results.Location, TuningConfiguration.File), results[TuningConfiguration.File]);
        results.Commit();
        return metrics;
    }

    private RunDescription Describe(string output)
    {
        string? classWeights = Request.Head.ClassWeights == ClassWeights.None ? null : "balanced";
        return new RunDescription
        {
            Title = DataSetName.Of(Request.Folder),
            Model = output,
            Command = CommandText.Of("train",
            [
                Request.Folder, .. CommandText.Option("--validation", Request.Validation), "--backbone", Request.Backbone, .. CommandText.Option("--weights", Request.Weights.Name),
                .. Request.Weights.IsFresh && Tune != TuneKind.Scratch ? ["--fresh"] : Array.Empty<string>(),
                .. CommandText.Option("--image-size", Request.ImageSize?.ToString(CultureInfo.InvariantCulture)),
                .. Request.AllowMissingClasses ? [ClassSets.AllowOption] : Array.Empty<string>(),
                .. CommandText.Option("--class-weights", classWeights), .. CommandText.Option("--tune", Tune == TuneKind.Head ? null : RecipeOptions.Text(Tune)),
                .. Recipe.SelectMany(setting => CommandText.Option(setting.Name, setting.Value)), "--seed", $"{Request.Seed}", "--output", output,
            ]),
            Configuration =
            [
                ("trained on", Request.Folder),
                ("validated on", Request.Validation ?? $"a fifth of each class, held back by seed {Request.Seed}"),
                ("backbone", Request.Backbone),
                ("weights", Weights),
                ("trained part", TrainedPart),
                .. Settings is { } settings ? [("head", $"{settings}, chosen by cross-validation on the images to train on")] : Array.Empty<(string, string)>(),
                ("class weights", classWeights ?? "none"),
                ("seed", $"{Request.Seed}"),
                .. Recipe.Select(setting => (setting.Name.TrimStart('-').Replace('-', ' '), setting.Value)),
            ],
            Warning = FrozenBackbone.Warning(Request, Tune),
            History = History,
        };
    }

    private HeadSettings? Settings => Head.Options is { } chosen ? HeadSettings.Of(chosen) : null;

    private string TrainedPart => Tune switch
    {
        TuneKind.Head => "a linear head (multinomial logistic regression); the backbone is frozen",
        TuneKind.LastStage => "the backbone's last stage and a linear head",
        TuneKind.Scratch => "the whole backbone and a linear head, from fresh weights",
        _ => "the whole backbone and a linear head",
    };

    /// <summary>What the model takes; it gives PredictedLabel and Score.</summary>
    private sealed class ImageToClassify
    {
        public string ImagePath { get; set; } = "";
    }
}
