// Does temperature scaling (Guo et al. 2017, arXiv:1706.04599) make probabilities mean more?
//   dotnet run -c Release --project benchmarks/Calibration -- heads FIRST-SEED FOLDER[,VALIDATION-FOLDER]...
// Heads on frozen features; the temperature is fitted on predictions that five folds of the images to train on hold out. With one folder: mean over
// the splits of five seeds, the first of them given.
//   dotnet run -c Release --project benchmarks/Calibration -- tuned MODEL,VALIDATION-FOLDER...
// Models of tuned networks; the temperature of each image is fitted on the images to validate on that are outside of its tenth.
// Either prints a Markdown table.
using System.Globalization;
using Microsoft.ML;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;

const int Folds = 5, Tenths = 10;

Console.WriteLine("| set | temperature | log-loss before | after | calibration error before | after |\n|---|---:|---:|---:|---:|---:|");
if (args is ["heads", var first, .. var sets])
{
    string onnx = Path.Combine(Path.GetTempPath(), $"calibration-{Environment.ProcessId}.onnx");
    using (Backbone backbone = BackboneRegistry.Create("resnet18_mlnet")) OnnxExporter.Export(backbone, onnx);
    using ImageFeaturizer featurizer = ImageFeaturizer.Open(onnx);
    File.Delete(onnx);
    foreach (string set in sets)
    {
        LabeledFeatures[][] folders = [.. set.Split(',').Select(folder => Featurize(featurizer, folder))];
        (IReadOnlyList<LabeledFeatures> Train, IReadOnlyList<LabeledFeatures> Validation)[] splits = folders is [var train, var validation]
            ? [(train, validation)]
            : [.. Enumerable.Range(int.Parse(first, CultureInfo.InvariantCulture), 5)
                .Select(seed => StratifiedSplit.Of(folders[0], image => image.Label, 0.2, seed))];
        Write(set, [.. splits.Select(split => Head(split.Train, split.Validation))]);
    }
}
else if (args is ["tuned", .. var models])
{
    foreach (string[] pair in models.Select(model => model.Split(',')))
    {
        using ImageClassifier classifier = ImageClassifier.Load(Path.Combine(pair[0], "model.zip"));
        LabeledFeatures[] images = Featurize(classifier.Featurizer, pair[1]);
        Write(pair[0], [Tuned(classifier, images)]);
    }
}

static Scaled Head(IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> validation)
{
    string[] classes = [.. train.Select(image => image.Label).Distinct().Order(StringComparer.Ordinal)];
    ClassificationHeadOptions options = ClassificationHead.Choose(train, new ClassificationHeadOptions { Scaling = FeatureScaling.UnitLength });
    int[] foldOf = FoldOf([.. train.Select(image => image.Label)], Folds);
    List<(float[] Logits, int Label)> heldOut = [];
    for (int fold = 0; fold < Folds; fold++)
    {
        LinearHead part = Fit([.. train.Where((_, i) => foldOf[i] != fold)]);
        heldOut.AddRange(Logits(part, train.Where((_, i) => foldOf[i] == fold)));
    }

    double temperature = Fitted(heldOut);
    (float[] Logits, int Label)[] measured = [.. Logits(Fit(train), validation)];
    return Compare(classes, measured, [.. measured.Select(_ => temperature)]);

    LinearHead Fit(IReadOnlyList<LabeledFeatures> images) =>
        LinearHead.Of((IEnumerable<ITransformer>)ClassificationHead.Fit(new MLContext(1), images, options), classes.Length)!;

    IEnumerable<(float[], int)> Logits(LinearHead head, IEnumerable<LabeledFeatures> images) =>
        images.Select(image => (head.Logits(image.Features), Array.IndexOf(classes, image.Label)));
}

static Scaled Tuned(ImageClassifier classifier, IReadOnlyList<LabeledFeatures> images)
{
    string[] classes = [.. classifier.Classes];
    (float[] Logits, int Label)[] all = [.. images.Select(image => (classifier.Linear.Logits(image.Features), Array.IndexOf(classes, image.Label)))];
    int[] foldOf = FoldOf([.. images.Select(image => image.Label)], Tenths);
    double[] temperatures = [.. Enumerable.Range(0, Tenths).Select(fold => Fitted([.. all.Where((_, i) => foldOf[i] != fold)]))];
    return Compare(classes, all, [.. foldOf.Select(fold => temperatures[fold])]);
}

static Scaled Compare(string[] classes, (float[] Logits, int Label)[] images, double[] temperatures)
{
    string[] labels = [.. images.Select(image => classes[image.Label])];
    var before = ClassificationReport.Of(classes, labels, [.. images.Select(image => Softmax(image.Logits, 1))]);
    var after = ClassificationReport.Of(classes, labels, [.. images.Zip(temperatures, (image, t) => Softmax(image.Logits, t))]);
    return new Scaled(temperatures.Average(), before, after);
}

// The least log-loss, by golden section over the logarithm of the temperature.
static double Fitted(IReadOnlyList<(float[] Logits, int Label)> images)
{
    double low = -2.5, high = 2.5, part = (Math.Sqrt(5) - 1) / 2;
    while (high - low > 1e-4)
    {
        double a = high - (part * (high - low)), b = low + (part * (high - low));
        if (Loss(a) < Loss(b)) high = b;
        else low = a;
    }

    return Math.Exp((low + high) / 2);

    double Loss(double logarithm) => images.Average(image => -Math.Log(Math.Max(1e-30, Softmax(image.Logits, Math.Exp(logarithm))[image.Label])));
}

static float[] Softmax(float[] logits, double temperature)
{
    double most = logits.Max();
    double[] powers = [.. logits.Select(logit => Math.Exp((logit - most) / temperature))];
    double sum = powers.Sum();
    return [.. powers.Select(power => (float)(power / sum))];
}

static int[] FoldOf(string[] labels, int folds)
{
    var random = new Random(1);
    int[] foldOf = new int[labels.Length];
    int next = 0;
    foreach (IGrouping<string, int> group in Enumerable.Range(0, labels.Length).GroupBy(i => labels[i]))
    {
        int[] members = [.. group];
        random.Shuffle(members);
        foreach (int i in members) foldOf[i] = next++ % folds;
    }

    return foldOf;
}

static void Write(string set, Scaled[] each) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"| {set} | {each.Average(one => one.Temperature):F2} | {each.Average(one => one.Before.LogLoss):F3} | {each.Average(one => one.After.LogLoss):F3} | {each.Average(one => one.Before.ExpectedCalibrationError):F3} | {each.Average(one => one.After.ExpectedCalibrationError):F3} |"));

static LabeledFeatures[] Featurize(ImageFeaturizer featurizer, string folder)
{
    IReadOnlyList<LabeledImage> images = ImageFolder.List(folder);
    return [.. images.Zip(featurizer.Featurize(images.Select(image => image.ImagePath)))
        .Where(pair => pair.Second.Features is not null)
        .Select(pair => new LabeledFeatures(pair.First.ImagePath, pair.First.Label, pair.Second.Features!))];
}

/// <summary>What a temperature does to the figures of a set.</summary>
internal sealed record Scaled(double Temperature, ClassificationReport Before, ClassificationReport After);
