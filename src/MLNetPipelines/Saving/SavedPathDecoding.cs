using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// The one step of a saved featurizer that ML.NET does not have: a path to the network's pixels. A saved model names this assembly and
/// the contract, and ML.NET finds both when it loads the model.
/// </summary>
[CustomMappingFactoryAttribute(ContractName)]
internal sealed class SavedPathDecoding : CustomMappingFactory<SavedPath, SavedImage>
{
    /// <summary>Stands in saved models: it never changes. A step that works in another way gets another name.</summary>
    public const string ContractName = "resnetmlnet.decode-path.v1";

    public static string Settings(ImagePreprocessing preprocessing, long pixelLimit) =>
        string.Create(CultureInfo.InvariantCulture, $"{pixelLimit} {preprocessing.ToText()}");

    public override Action<SavedPath, SavedImage> GetMapping()
    {
        // A model has one setting, but ML.NET may run this mapping on many threads at once.
        Decoder? latest = null;
        return (input, output) =>
        {
            Decoder? decoder = Volatile.Read(ref latest);
            if (decoder is null || !input.Settings.Span.SequenceEqual(decoder.Settings))
            {
                decoder = new Decoder(input.Settings.ToString());
                Volatile.Write(ref latest, decoder);
            }

            output.Image = decoder.Decode(input.Path.ToString());
        };
    }

    private sealed class Decoder
    {
        private readonly ImagePreprocessor preprocessor;
        private readonly int size;

        public Decoder(string settings)
        {
            Settings = settings;
            string[] parts = settings.Split(' ', 2);
            ImagePreprocessing preprocessing = ImagePreprocessing.Parse(parts[^1]);
            preprocessor = new ImagePreprocessor(preprocessing, long.Parse(parts[0], CultureInfo.InvariantCulture));
            size = preprocessing.ImageSize;
        }

        public string Settings { get; }

        public MLImage Decode(string path)
        {
            byte[] rgb = new byte[preprocessor.PixelCount];
            preprocessor.Load(path, rgb);
            byte[] rgba = new byte[size * size * 4];
            for (int from = 0, to = 0; from < rgb.Length; from += 3, to += 4)
            {
                rgb.AsSpan(from, 3).CopyTo(rgba.AsSpan(to));
                rgba[to + 3] = byte.MaxValue;
            }

            return MLImage.CreateFromPixels(size, size, MLPixelFormat.Rgba32, rgba);
        }
    }
}
