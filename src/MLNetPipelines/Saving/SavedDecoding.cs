using Microsoft.ML.Transforms;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// The step of a saved featurizer that ML.NET does not have: an image to the network's pixels. A saved model names this assembly and
/// the contract, and ML.NET finds both when it loads the model. The contracts' names stand in saved models: they never change.
/// A step that works in another way gets another name, and the old one stays.
/// </summary>
internal abstract class SavedDecoding<TSource> : CustomMappingFactory<TSource, SavedImage>
    where TSource : SavedSettings, new()
{
    public override Action<TSource, SavedImage> GetMapping()
    {
        NetworkFiles.WatchOver(); // the network comes after this step, and ML.NET writes it into a file
        OnnxRuntimeTelemetry.TurnOff();
        SavedDecoder? decoder = null;
        return (input, output) =>
            (output.Image, output.IsReadable) = SavedDecoder.For(input.Settings, ref decoder).Decode(() => Open(input));
    }

    protected abstract Picture Open(TSource source);
}

/// <summary>From paths.</summary>
[CustomMappingFactoryAttribute(ContractName)]
internal sealed class SavedPathDecoding : SavedDecoding<SavedPath>
{
    public const string ContractName = "resnetmlnet.decode-path.v2";

    protected override Picture Open(SavedPath source) => Picture.OfFile(source.Path.ToString());
}

/// <summary>From the content of image files.</summary>
[CustomMappingFactoryAttribute(ContractName)]
internal sealed class SavedBytesDecoding : SavedDecoding<SavedBytes>
{
    public const string ContractName = "resnetmlnet.decode-bytes.v1";

    protected override Picture Open(SavedBytes source) => Picture.OfBytes(source.Bytes);
}

/// <summary>From images that ML.NET has read.</summary>
[CustomMappingFactoryAttribute(ContractName)]
internal sealed class SavedImageConversion : SavedDecoding<SavedMLImage>
{
    public const string ContractName = "resnetmlnet.convert-image.v1";

    protected override Picture Open(SavedMLImage source) => Picture.Of(source.Image);
}

/// <summary>From paths, in models of the first version; those saved now have <see cref="SavedPathDecoding"/>.</summary>
[CustomMappingFactoryAttribute(ContractName)]
internal sealed class SavedPathDecodingV1 : CustomMappingFactory<SavedPathV1, DecodedImageV1>
{
    public const string ContractName = "resnetmlnet.decode-path.v1";

    public override Action<SavedPathV1, DecodedImageV1> GetMapping()
    {
        NetworkFiles.WatchOver();
        OnnxRuntimeTelemetry.TurnOff();
        SavedDecoder? decoder = null;
        return (input, output) =>
            (output.Image, _) = SavedDecoder.For(input.Settings, ref decoder).Decode(() => Picture.OfFile(input.Path.ToString()));
    }
}
