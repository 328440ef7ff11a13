// A process that featurizes images with a cache that others use at the same time.
// Arguments: the backbone, the cache's folder, images. Says when it is ready, and starts at the first line on standard input.
// Prints for each image its path and its features, and at last how many came from the cache.
using ResNetMLNet.MLNetPipelines;

using ImageFeaturizer featurizer = ImageFeaturizer.Open(args[0], new FeaturizeImagesOptions
{
    Device = ComputeDevice.Cpu,
    BatchSize = 4,
    Cache = new FeatureCacheOptions { Folder = args[1] },
});
Console.WriteLine("ready");
Console.ReadLine();
foreach (ImageFeatures image in featurizer.Featurize(args[2..]))
{
    Console.WriteLine($"{image.Path}\t{image.Error ?? string.Join(' ', image.Features!)}");
}

Console.WriteLine(featurizer.CacheHits);
