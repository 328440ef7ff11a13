// How many wrong labels are found, and how many right ones are doubted: a twentieth of the labels is made wrong, five times.
//   dotnet run -c Release --project benchmarks/LabelDoubts -- FOLDER...
// Prints a Markdown table: by how many of the 10 most similar images must disagree with a label that the classifier doubts (0: the classifier alone).
using System.Globalization;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

const double WrongPart = 0.05;

string onnx = Path.Combine(Path.GetTempPath(), $"label-doubts-{Environment.ProcessId}.onnx");
using (Backbone backbone = BackboneRegistry.Create("resnet18_mlnet")) OnnxExporter.Export(backbone, onnx);
using ImageFeaturizer featurizer = ImageFeaturizer.Open(onnx);
File.Delete(onnx);

Console.WriteLine("| photos | disagreeing | wrong labels found | right labels doubted |\n|---|---:|---:|---:|");
foreach (string folder in args)
{
    IReadOnlyList<LabeledImage> files = ImageFolder.List(folder);
    LabeledFeatures[] images = [.. files.Zip(featurizer.Featurize(files.Select(file => file.ImagePath)))
        .Where(pair => pair.Second.Features is not null)
        .Select(pair => new LabeledFeatures(pair.First.ImagePath, pair.First.Label, pair.Second.Features!))];
    foreach (int disagreeing in new[] { 0, 5, 6, 7, 8, 9, 10 })
    {
        int wrong = 0, found = 0, doubted = 0;
        foreach (int seed in Enumerable.Range(1, 5))
        {
            (LabeledFeatures[] spoilt, HashSet<string> changed) = Spoil(images, new Random(seed));
            string[] doubts = [.. LabelDoubts.Among(spoilt, CancellationToken.None, disagreeing).Select(problem => problem.Paths[0])];
            wrong += changed.Count;
            found += doubts.Count(changed.Contains);
            doubted += doubts.Count(path => !changed.Contains(path));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {Path.GetFileName(folder)} ({images.Length}) | {disagreeing} | {(double)found / wrong:P0} | {(double)doubted / ((5 * images.Length) - wrong):P1} |"));
    }
}

static (LabeledFeatures[] Spoilt, HashSet<string> Changed) Spoil(LabeledFeatures[] images, Random random)
{
    string[] classes = [.. images.Select(image => image.Label).Distinct()];
    LabeledFeatures[] spoilt = [.. images];
    var changed = new HashSet<string>();
    foreach (int i in random.GetItems(Enumerable.Range(0, images.Length).ToArray(), (int)(WrongPart * images.Length)).Distinct())
    {
        spoilt[i] = images[i] with { Label = random.GetItems(classes.Where(name => name != images[i].Label).ToArray(), 1)[0] };
        changed.Add(images[i].ImagePath);
    }

    return (spoilt, changed);
}
