// What the loader costs: milliseconds of processor time an image, so that a busy machine does not count, and bytes an image.
//   dotnet run -c Release --project benchmarks/Loader -- FOLDER [SIZE]
// FOLDER has a folder of photos for each class; SIZE is the network's, 224 unless told. Prints a Markdown table.
using System.Globalization;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

IReadOnlyList<LabeledImage> images = ImageFolder.List(args[0]);
int size = args.Length > 1 ? int.Parse(args[1]) : 224;

Console.WriteLine("| what | ms an image |\n|---|---:|");
TimeSpan start = Used();
using ImageStore store = ImageStore.Load(images, new ImageStoreOptions { Workers = 1 }, CancellationToken.None);
Print("decoding and shrinking, once", (Used() - start).TotalMilliseconds / store.Count);

Measure("crop in the middle", new Augmentation());
Measure("random resized crop", new Augmentation { Crop = new RandomResizedCrop() });
Measure("the same and mirroring: the standard", Augmentation.Standard);
Measure("standard, TrivialAugment", Augmentation.Standard with { AutoAugment = new TrivialAugmentWide() });
Measure("standard, RandAugment of 2", Augmentation.Standard with { AutoAugment = new RandAugment() });
Measure("standard, colour jitter without hue", Augmentation.Standard with { ColorJitter = new ColorJitter { Brightness = 0.4, Contrast = 0.4, Saturation = 0.4 } });
Measure("standard, colour jitter with hue", Augmentation.Standard with { ColorJitter = new ColorJitter { Brightness = 0.4, Contrast = 0.4, Saturation = 0.4, Hue = 0.1 } });
Measure("standard, random erasing", Augmentation.Standard with { Erasing = new RandomErasing { Probability = 1 } });

byte[] picture = new byte[Batch.ImageLength(size)], scratch = new byte[picture.Length];
foreach (PictureOperation operation in Enum.GetValues<PictureOperation>())
{
    // The middle of TrivialAugment's range, where it has one.
    double magnitude = operation switch
    {
        PictureOperation.TranslateX or PictureOperation.TranslateY => 16,
        PictureOperation.Rotate => 67,
        PictureOperation.Posterize => 5,
        PictureOperation.Solarize => 128,
        _ => 0.5,
    };
    Print($"alone: {operation}", Each(() => PictureOperations.Apply(operation, magnitude, picture, size, scratch)));
}

Print("alone: hue", Each(() => HueShift.Apply(picture, 0.1)));

byte[] buffer = [];
long bytes = Enumerable.Range(0, store.Count).Sum(i => (long)store.Read(i, ref buffer).Length);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nOne image takes {bytes / store.Count / 1e3:F0} KB in the store on average, {Batch.ImageLength(size) / 1e3:F0} KB in a batch."));

void Measure(string what, Augmentation augmentation)
{
    var loader = new TrainingLoader(store, [.. images.Select(_ => 0)], new LoaderOptions { Augmentation = augmentation, Preprocessing = new() { ImageSize = size }, Workers = 1 });
    Epoch(0); // the first compiles
    TimeSpan start = Used();
    const int count = 5;
    for (int epoch = 1; epoch <= count; epoch++) Epoch(epoch);
    Print(what, (Used() - start).TotalMilliseconds / (count * store.Count));

    void Epoch(int epoch)
    {
        foreach (Batch _ in loader.Epoch(epoch, 0, CancellationToken.None))
        {
        }
    }
}

// Of a photo anew each time, since an operation sees what it did before; copying takes 0.01 ms.
double Each(Action operation)
{
    byte[] photo = new byte[picture.Length], fromDisk = [];
    var augmenter = new Augmenter(new LoaderOptions());
    (int width, int height) = store.SizeOf(0);
    augmenter.Apply(store.Read(0, ref fromDisk), width, height, new RandomStream(1, 0, 0), size, photo);
    const int warming = 50, count = 500;
    for (int i = 0; i < warming; i++) Once();
    TimeSpan start = Used();
    for (int i = 0; i < count; i++) Once();
    return (Used() - start).TotalMilliseconds / count;

    void Once()
    {
        photo.CopyTo(picture, 0);
        operation();
    }
}

static TimeSpan Used() => Environment.CpuUsage.TotalTime;

static void Print(string what, double milliseconds) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {milliseconds:F2} |"));
