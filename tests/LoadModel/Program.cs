// A process that loads a saved model as any user of ML.NET would: it has our assembly beside it, registers nothing
// and names none of its types.
// The data have the images in every form: paths (ImagePath), bytes (Bytes) and MLImage (Image); the model takes its own.
// Arguments: the model, then images. Prints for each image its path and its features, by Transform and then by a PredictionEngine.
using Microsoft.ML;
using Microsoft.ML.Data;

MLContext ml = new();
Input[] images = [.. args.Skip(1).Select(path => new Input { ImagePath = path })];
IDataView none = ml.Data.LoadFromEnumerable<Input>([]);
ITransformer model = new TransformerChain<ITransformer>(
    ml.Transforms.LoadImages("Image", imageFolder: null, "ImagePath").Fit(none),
    ml.Transforms.LoadRawImageBytes("Bytes", imageFolder: null, "ImagePath").Fit(none),
    ml.Model.Load(args[0], out _));
using PredictionEngine<Input, Output> engine = ml.Model.CreatePredictionEngine<Input, Output>(model);
foreach (Output row in ml.Data.CreateEnumerable<Output>(model.Transform(ml.Data.LoadFromEnumerable(images)), reuseRowObject: false))
{
    Output single = engine.Predict(new Input { ImagePath = row.ImagePath });
    Console.WriteLine($"{row.ImagePath}\t{string.Join(' ', row.Features!)}\t{string.Join(' ', single.Features!)}");
}

internal sealed class Input
{
    public string? ImagePath { get; set; }
}

internal sealed class Output
{
    public string? ImagePath { get; set; }

    public float[]? Features { get; set; }
}
