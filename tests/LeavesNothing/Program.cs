// A process that uses models in every way and disposes of none, as many programs do. What it leaves in the folder for temporary files and in
// the home folder is what its caller looks at. Arguments: a backbone, a folder for models, an image.
// With the arguments "save", a model and a path it saves the model there again and again, until it is killed.
using Microsoft.ML;
using Microsoft.ML.Data;
using ResNetMLNet.MLNetPipelines;

if (args[0] == "save")
{
    MLContext saver = new();
    using TransformerChain<ITransformer> saved = saver.Model.LoadImageModel(args[1], out DataViewSchema schema);
    for (int i = 0; ; i++)
    {
        saver.Model.SaveImageModel(saved, schema, args[2]);
        if (i == 0) Console.WriteLine("saving");
    }
}

(string backbone, string folder, string image) = (args[0], args[1], args[2]);
string path = Path.Combine(folder, "model.zip"), again = Path.Combine(folder, "again.zip"), damaged = Path.Combine(folder, "damaged.zip");
MLContext ml = new(seed: 1);
IDataView data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 6).Select(i => new Row { ImagePath = image, Label = i % 2 == 0 ? "a" : "b" }).ToList());
ITransformer trained = ml.MulticlassClassification.ImageClassification(backbone).Fit(data);
ml.Model.Save(trained, data.Schema, path);
ml.Model.SaveImageModel(trained, data.Schema, again);

Kept.Models.Add(ml.Model.Load(path, out _));
Kept.Models.Add(ml.Model.Load(again, out _));
Kept.Models.Add(ml.Model.LoadImageModel(path, out _));
foreach (ITransformer model in Kept.Models.OfType<ITransformer>().ToList()) _ = model.Transform(data).GetColumn<float[]>("Score").ToList();

ImageClassifier classifier = ImageClassifier.Load(path);
Kept.Models.Add(classifier);
Console.WriteLine(classifier.Predict([image]).Single().Ranking.Count);
ImageClassificationService service = ImageClassificationService.Open(path);
Kept.Models.Add(service);
Console.WriteLine((await service.PredictAsync(image)).Ranking.Count);

File.WriteAllBytes(damaged, File.ReadAllBytes(path)[..^500]);
try
{
    ml.Model.LoadImageModel(damaged, out _);
}
catch (InvalidDataException failure)
{
    Console.WriteLine(failure.Message);
}

/// <summary>Refers to models until the process ends, so that no finalizer helps.</summary>
internal static class Kept
{
    public static List<object> Models { get; } = [];
}

internal sealed class Row
{
    public string? ImagePath { get; set; }

    public string? Label { get; set; }
}
