using System.Globalization;
using Onnx;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// What a saved featurizer takes and gives, in the metadata of its network: <c>LoadImageModel</c> reads it there. Keys and values stand
/// in saved models: they never change. Models of the first version have the columns' names only, and the defaults for the rest.
/// </summary>
internal sealed record SavedSignature(
    string OutputColumnName, string InputColumnName, ImageInput Input, BackboneOutput Output, bool Normalize, UnreadableImages Unreadable,
    double? ScaledDecoding, long? PixelLimit)
{
    /// <summary>What the keys begin with.</summary>
    public const string Prefix = "resnetmlnet.saved.";

    private const string OutputColumnKey = "resnetmlnet.saved.output_column";
    private const string InputColumnKey = "resnetmlnet.saved.input_column";
    private const string InputKey = "resnetmlnet.saved.input";
    private const string OutputKey = "resnetmlnet.saved.output";
    private const string NormalizeKey = "resnetmlnet.saved.normalize";
    private const string ScaledDecodingKey = "resnetmlnet.saved.scaled_decoding";
    private const string PixelLimitKey = "resnetmlnet.saved.pixel_limit";
    private const string UnreadableKey = "resnetmlnet.saved.unreadable";

    /// <summary>Bytes that every signed network has near its end: metadata are what a file ends in.</summary>
    public static ReadOnlySpan<byte> Mark => "resnetmlnet.saved."u8;

    /// <summary>
    /// Signs a network. Its input and output get names that no user's column has: ONNX scoring takes and gives columns named so.
    /// </summary>
    public byte[] Sign(byte[] model)
    {
        OnnxModelEditor editor = new(model)
        {
            [OutputColumnKey] = OutputColumnName,
            [InputColumnKey] = InputColumnName,
            [InputKey] = Input.ToString(),
            [OutputKey] = Output.ToString(),
            [NormalizeKey] = Normalize.ToString(),
            [UnreadableKey] = Unreadable.ToString(),
            [ScaledDecodingKey] = ScaledDecoding?.ToString("R", CultureInfo.InvariantCulture),
            [PixelLimitKey] = PixelLimit?.ToString(CultureInfo.InvariantCulture),
        };
        editor.Rename(OnnxContract.PixelsInput, SavedColumns.Pixels);
        editor.Rename(BackboneFile.NameOf(Output), SavedColumns.Features);
        return editor.ToBytes();
    }

    /// <summary>Whether a network has a signature.</summary>
    public static bool IsIn(ModelProto model) => model.MetadataProps.Any(entry => entry.Key.StartsWith(Prefix, StringComparison.Ordinal));

    /// <summary>Takes the signature from a network, which is then as it was before it was signed.</summary>
    /// <param name="model">The network; it is changed in place.</param>
    /// <param name="name">Names the saved model in messages.</param>
    /// <exception cref="InvalidDataException">The network is damaged, or its signature of a later version.</exception>
    public static SavedSignature TakeFrom(ModelProto model, string name)
    {
        OnnxModelEditor editor = new(model);
        SavedSignature signature = new(
            Take(OutputColumnKey) ?? throw Missing(OutputColumnKey),
            Take(InputColumnKey) ?? throw Missing(InputColumnKey),
            Choice<ImageInput>(InputKey),
            Choice<BackboneOutput>(OutputKey),
            Take(NormalizeKey) == bool.TrueString,
            Choice<UnreadableImages>(UnreadableKey),
            Take(ScaledDecodingKey) is string enough ? double.Parse(enough, CultureInfo.InvariantCulture) : null,
            PixelLimitOf(Take(PixelLimitKey)));
        editor.Rename(SavedColumns.Pixels, OnnxContract.PixelsInput);
        editor.Rename(SavedColumns.Features, BackboneFile.NameOf(signature.Output));
        return signature;

        long? PixelLimitOf(string? text) =>
            text is null ? null
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long limit)
                && limit is >= 1 and <= FeaturizeImagesOptions.LargestPixelLimit ? limit
            : throw new InvalidDataException(
                $"'{name}' says '{PixelLimitKey}' = '{text}', which is not a number of pixels. Save the model again.");

        string? Take(string key)
        {
            string? value = editor[key];
            editor[key] = null;
            return value;
        }

        T Choice<T>(string key)
            where T : struct, Enum => Take(key) switch
            {
                null => default,
                string text when Enum.TryParse(text, out T value) => value,
                string text => throw new InvalidDataException(
                    $"'{name}' says '{key}' = '{text}', and this ResNetMLNet knows '{string.Join("', '", Enum.GetNames<T>())}'. "
                    + "Update the package ResNetMLNet.MLNetPipelines."),
            };

        InvalidDataException Missing(string key) => new($"'{name}' has a network without '{key}' metadata. Save the model again.");
    }
}
