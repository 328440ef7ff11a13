// Which score tells images of unknown things from those of known ones?
//   dotnet run -c Release --project benchmarks/Unknown -- choose FOLDER...
// AUROC of unseen images of some of a folder's classes against all images of its others, mean over all choices of two unknown classes (or with
// two classes, the other folders' images), and against drawn images; mean over the splits of seeds 1 to 3.
//   dotnet run -c Release --project benchmarks/Unknown -- quote TRAIN-FOLDER KNOWN-FOLDER UNKNOWN-FOLDER...
// AUROC of the known folder's images against those of each unknown folder and against images drawn in other ways. Each prints a Markdown table.
// --backbone FILE.onnx, first, takes features of another network than resnet18_mlnet, such as a tuned one.
using System.Globalization;
using System.Numerics.Tensors;
using Microsoft.ML;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;

string? given = null;
if (args is ["--backbone", var file, ..]) (given, args) = (file, args[2..]);
string scratch = Directory.CreateTempSubdirectory("unknown-").FullName;
string onnx = given ?? Path.Combine(scratch, "backbone.onnx");
if (given is null) using (Backbone backbone = BackboneRegistry.Create("resnet18_mlnet")) OnnxExporter.Export(backbone, onnx);
using ImageFeaturizer featurizer = ImageFeaturizer.Open(onnx);

List<(string Name, Func<Known, Func<float[], double>> Fit)> scores = [.. Scores.All()];
List<string> columns = [];
List<double[]> figures = []; // [columns][scores]
if (args is ["choose", .. var folders])
{
    LabeledFeatures[][] sets = [.. folders.Select(Featurize)];
    LabeledFeatures[] drawn = Draw(OddImages.ToChooseBy);
    foreach ((int s, LabeledFeatures[] set) in sets.Index())
    {
        string[] classes = [.. set.Select(image => image.Label).Distinct()];
        List<double[][]> each = [];
        IEnumerable<string[]> unknowns = classes.Length > 3
            ? from a in classes from b in classes where string.CompareOrdinal(a, b) < 0 select new[] { a, b }
            : [[]];
        foreach (string[] unknown in unknowns)
        {
            LabeledFeatures[] known = [.. set.Where(image => !unknown.Contains(image.Label))];
            LabeledFeatures[] others = unknown.Length > 0
                ? [.. set.Where(image => unknown.Contains(image.Label))]
                : [.. sets.Where((_, other) => other != s).SelectMany(other => other)];
            for (int seed = 1; seed <= 3; seed++)
            {
                (IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> held) =
                    StratifiedSplit.Of(known, image => image.Label, 0.2, seed);
                each.Add([.. Measure(train, held, [others, drawn])]);
            }
        }

        columns.AddRange([folders[s], $"{folders[s]}, drawn"]);
        figures.AddRange(Enumerable.Range(0, 2).Select(u => Enumerable.Range(0, scores.Count).Select(i => each.Average(one => one[u][i])).ToArray()));
    }
}
else if (args is ["quote", var trainFolder, var knownFolder, .. var unknownFolders])
{
    LabeledFeatures[] train = Featurize(trainFolder), known = Featurize(knownFolder);
    LabeledFeatures[][] unknown = [.. unknownFolders.Select(Featurize), Draw(OddImages.ToQuote)];
    figures = Measure(train, known, unknown);
    columns = [.. unknownFolders, "drawn"];
    UnknownScore score = UnknownScore.Fit([.. train.Select(image => image.Features)], [.. train.Select(image => image.Label)]);
    Console.WriteLine($"Taken for known by UnknownScore: {string.Join(", ", unknown.Prepend(known).Zip(columns.Prepend(knownFolder), Kept))}.\n");

    string Kept(LabeledFeatures[] images, string name) => string.Create(
        CultureInfo.InvariantCulture, $"{images.Average(image => UnknownScore.IsKnown(score.Of(image.Features)) ? 1 : 0):P1} of {name}");
}

Console.WriteLine($"| score | {string.Join(" | ", columns)} |\n|---|{string.Concat(columns.Select(_ => "---:|"))}");
foreach ((int i, (string name, _)) in scores.Index())
    Console.WriteLine($"| {name} | {string.Join(" | ", figures.Select(column => column[i].ToString("F3", CultureInfo.InvariantCulture)))} |");
Directory.Delete(scratch, recursive: true);

List<double[]> Measure(IReadOnlyList<LabeledFeatures> train, IReadOnlyList<LabeledFeatures> held, LabeledFeatures[][] unknown)
{
    string[] classes = [.. train.Select(image => image.Label).Distinct().Order(StringComparer.Ordinal)];
    ClassificationHeadOptions options = ClassificationHead.Choose(train, new ClassificationHeadOptions { Scaling = FeatureScaling.UnitLength });
    LinearHead head = LinearHead.Of((IEnumerable<ITransformer>)ClassificationHead.Fit(new MLContext(1), train, options), classes.Length)!;
    Known known = new([.. train.Select(image => image.Features)], [.. train.Select(image => Array.IndexOf(classes, image.Label))], head);
    double[][] areas = [.. unknown.Select(_ => new double[scores.Count])];
    foreach ((int i, (_, Func<Known, Func<float[], double>> fit)) in scores.Index())
    {
        Func<float[], double> score = fit(known);
        double[] ofKnown = Of(held);
        foreach ((int u, LabeledFeatures[] others) in unknown.Index()) areas[u][i] = Area(ofKnown, Of(others));

        double[] Of(IReadOnlyList<LabeledFeatures> images) => [.. images.AsParallel().AsOrdered().Select(image => score(image.Features))];
    }

    return [.. areas];
}

// The part of the pairs whose unknown image has the greater score; half of those that are equal.
static double Area(double[] known, double[] unknown) =>
    unknown.Average(u => known.Average(k => u > k ? 1 : u == k ? 0.5 : 0));

LabeledFeatures[] Featurize(string folder) => OfFiles(ImageFolder.List(folder));

LabeledFeatures[] Draw(IEnumerable<OddImage> kinds) => OfFiles(
    [.. OddImages.Write(kinds, Directory.CreateDirectory(Path.Combine(scratch, "drawn")).FullName)
        .Select(path => new LabeledImage { ImagePath = path, Label = "" })]);

LabeledFeatures[] OfFiles(IReadOnlyList<LabeledImage> images) =>
    [.. images.Zip(featurizer.Featurize(images.Select(image => image.ImagePath)))
        .Where(pair => pair.Second.Features is not null)
        .Select(pair => new LabeledFeatures(pair.First.ImagePath, pair.First.Label, pair.Second.Features!))];
