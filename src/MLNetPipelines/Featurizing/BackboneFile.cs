using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// An exported backbone, opened: its network, and what its metadata say. Safe to run from many threads at once.
/// </summary>
internal sealed class BackboneFile : IDisposable
{
    private readonly InferenceSession session;
    private readonly Owners owners;
    private readonly ReaderWriterLockSlim running = new();
    private bool disposed;

    private BackboneFile(byte[] model, string name, DeviceSession opened, BackboneOutput output)
    {
        owners = new Owners();
        Model = model;
        OutputName = NameOf(output);
        Name = DisplayText.Of(name, 300);
        session = opened.Session;
        OnCuda = opened.OnCuda;
        Device = opened.Description;
        Metadata = session.ModelMetadata.CustomMetadataMap;
        CheckVersion();
        CheckNames();
        Architecture = Value(OnnxContract.Keys.Architecture);
        Preprocessing = ReadPreprocessing();
        FeatureCount = CheckShapes();
    }

    private BackboneFile(BackboneFile other)
    {
        (owners, session) = (other.owners, other.session);
        (Model, Name, OutputName, OnCuda, Device) = (other.Model, other.Name, other.OutputName, other.OnCuda, other.Device);
        (Metadata, Architecture, Preprocessing, FeatureCount) =
            (other.Metadata, other.Architecture, other.Preprocessing, other.FeatureCount);
    }

    /// <summary>The file's bytes.</summary>
    public byte[] Model { get; }

    /// <summary>Names the file in messages.</summary>
    public string Name { get; }

    /// <summary>The network's output that is taken.</summary>
    public string OutputName { get; }

    /// <summary>The file's metadata properties.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    public string Architecture { get; }

    /// <summary>What the network computes in, as <see cref="OnnxContract.Keys.Precision"/> has it.</summary>
    public string Precision => Metadata.GetValueOrDefault(OnnxContract.Keys.Precision, OnnxContract.Float32);

    public ImagePreprocessing Preprocessing { get; }

    /// <summary>Numbers that the network gives for one image.</summary>
    public int FeatureCount { get; }

    /// <summary>Whether the network runs on a CUDA device.</summary>
    public bool OnCuda { get; }

    /// <summary>The device that was taken, and why, in one readable line.</summary>
    public string Device { get; }

    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not a backbone that this version can run.</exception>
    /// <exception cref="InvalidOperationException">A CUDA device was asked for by name, and it cannot be used.</exception>
    public static BackboneFile Open(string path, FeaturizeImagesOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            throw new FileNotFoundException(
                $"'{DisplayText.Of(path, 300)}' is a folder. Name the backbone in it, such as its 'backbone.onnx'.", path);
        }

        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"The backbone '{DisplayText.Of(path, 300)}' does not exist. `resnet-mlnet export NAME --output FILE` writes one.", path);
        }

        return Open(File.ReadAllBytes(path), path, options, CudaProbe.ThisMachine);
    }

    /// <inheritdoc cref="Open(string, FeaturizeImagesOptions)"/>
    /// <param name="model">The file's bytes; kept, not copied.</param>
    /// <param name="name">Names the file in messages.</param>
    /// <param name="options">Device, and what is taken from the network.</param>
    /// <param name="probe">Says whether CUDA can be used.</param>
    public static BackboneFile Open(byte[] model, string name, FeaturizeImagesOptions options, CudaProbe probe)
    {
        OnnxGuard.Read(model, DisplayText.Of(name, 300));
        return OpenChecked(model, name, options, probe);
    }

    /// <summary>The same for a file that <see cref="OnnxGuard"/> has passed.</summary>
    /// <inheritdoc cref="Open(byte[], string, FeaturizeImagesOptions, CudaProbe)"/>
    public static BackboneFile OpenChecked(byte[] model, string name, FeaturizeImagesOptions options, CudaProbe probe)
    {
        DeviceSession opened;
        try
        {
            opened = InnermostCause.Of(() => DeviceSession.Open(model, options, probe));
        }
        catch (OnnxRuntimeException failure)
        {
            throw new InvalidDataException(
                $"'{DisplayText.Of(name, 300)}' cannot be opened as an ONNX model: it is truncated, damaged or something else "
                + $"({DisplayText.Of(failure.Message.ReplaceLineEndings(" ").TrimEnd('.', ' '), 300)}).", failure);
        }

        try
        {
            return new BackboneFile(model, name, opened, options.Output);
        }
        catch
        {
            opened.Session.Dispose();
            throw;
        }
    }

    /// <summary>Runs the network.</summary>
    /// <param name="pixels">uint8 [count, H, W, 3], R, G, B.</param>
    /// <param name="features">Takes float [count, <see cref="FeatureCount"/>].</param>
    /// <param name="count">Images.</param>
    /// <param name="cancellationToken">Stops the network between two of its operators.</param>
    public void Run(Memory<byte> pixels, Memory<float> features, int count, CancellationToken cancellationToken)
    {
        long size = Preprocessing.ImageSize;
        running.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(disposed, typeof(ImageFeaturizer));
            using RunOptions options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            using CancellationTokenRegistration registration = cancellationToken.Register(() => options.Terminate = true);
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, pixels, [count, size, size, 3]);
            using OrtValue output = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, features, [count, FeatureCount]);
            session.Run(options, [OnnxContract.PixelsInput], [input], [OutputName], [output]);
        }
        catch (OnnxRuntimeException stopped) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException("The network was stopped.", stopped, cancellationToken);
        }
        catch (OnnxRuntimeException failure) when (!OnCuda && !failure.Message.Contains("allocate", StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidDataException(
                $"'{Name}' cannot be run: {DisplayText.Of(failure.Message.ReplaceLineEndings(" ").TrimEnd('.', ' '), 300)}.", failure);
        }
        finally
        {
            running.ExitReadLock();
        }
    }

    /// <summary>Another owner of the same network, which lives until the last of them is disposed of.</summary>
    /// <returns>Null where it was released already.</returns>
    public BackboneFile? TryShare() => owners.TryAdd() ? new BackboneFile(this) : null;

    /// <summary>Waits for runs under way; later ones throw <see cref="ObjectDisposedException"/>. The last owner releases the
    /// network.</summary>
    public void Dispose()
    {
        running.EnterWriteLock();
        try
        {
            if (!disposed)
            {
                disposed = true;
                if (owners.Remove()) session.Dispose();
            }
        }
        finally
        {
            running.ExitWriteLock();
        }
    }

    /// <summary>The output's name in the file.</summary>
    public static string NameOf(BackboneOutput output) => output switch
    {
        BackboneOutput.Features => OnnxContract.Features,
        BackboneOutput.Logits => OnnxContract.Logits,
        >= BackboneOutput.Layer1 and <= BackboneOutput.Layer4 => OnnxContract.Stages[output - BackboneOutput.Layer1],
        _ => throw new ArgumentOutOfRangeException(nameof(output), output, "A backbone's output is Features, Logits or Layer1 to Layer4."),
    };

    private void CheckVersion()
    {
        if (!Metadata.TryGetValue(OnnxContract.Keys.Version, out string? version))
        {
            throw new InvalidDataException(
                $"'{Name}' is an ONNX model without '{OnnxContract.Keys.Version}' metadata: ResNetMLNet did not export it. "
                + "`resnet-mlnet export NAME --output FILE` writes one.");
        }

        if (!int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < 1)
        {
            throw new InvalidDataException(
                $"'{Name}' says '{OnnxContract.Keys.Version}' = '{DisplayText.Of(version)}', which is not a version number. Export it "
                    + $"again.");
        }

        if (number > OnnxContract.Version)
        {
            throw new InvalidDataException(
                $"'{Name}' has version {number} of the backbone format, and this ResNetMLNet reads versions up to {OnnxContract.Version}. "
                + "Update the package ResNetMLNet.MLNetPipelines, or export the backbone with this version.");
        }
    }

    private void CheckNames()
    {
        if (!session.InputMetadata.ContainsKey(OnnxContract.PixelsInput))
        {
            throw new InvalidDataException(session.InputMetadata.ContainsKey(OnnxContract.TensorInput)
                ? $"'{Name}' takes normalized tensors, not pixels. Export it with `--input pixels`."
                : $"'{Name}' has no input '{OnnxContract.PixelsInput}'; it has {DisplayText.List(session.InputMetadata.Keys)}. "
                    + "Export it again.");
        }

        if (!session.OutputMetadata.ContainsKey(OutputName))
        {
            throw new InvalidDataException(
                $"'{Name}' has no output '{OutputName}'; it has {DisplayText.List(session.OutputMetadata.Keys)}. "
                + $"Export it with `{(OnnxContract.Stages.Contains(OutputName) ? "--stages" : $"--outputs {OutputName}")}`.");
        }
    }

    private ImagePreprocessing ReadPreprocessing()
    {
        try
        {
            var preprocessing = ImagePreprocessing.Parse(string.Join(' ', Value(OnnxContract.Keys.ImageSize),
                Value(OnnxContract.Keys.CropFraction), Value(OnnxContract.Keys.Interpolation)
                    + (Metadata.TryGetValue(OnnxContract.Keys.Resizing, out string? resizing) ? $"/{resizing}" : "")));
            _ = new ImagePreprocessor(preprocessing); // says what no preprocessor does
            return preprocessing;
        }
        catch (Exception malformed) when (malformed is FormatException or ArgumentOutOfRangeException)
        {
            throw new InvalidDataException(
                $"'{Name}' has unusable metadata. {DisplayText.Of(malformed.Message.ReplaceLineEndings(" "), 400)}", malformed);
        }
    }

    /// <exception cref="InvalidDataException">The file has no such metadata.</exception>
    public string Value(string key) => Metadata.TryGetValue(key, out string? value)
        ? value
        : throw new InvalidDataException($"'{Name}' has no '{key}' metadata. Export it again.");

    private int CheckShapes()
    {
        int size = Preprocessing.ImageSize;
        NodeMetadata pixels = session.InputMetadata[OnnxContract.PixelsInput];
        NodeMetadata features = session.OutputMetadata[OutputName];
        if (pixels.ElementType != typeof(byte)
            || pixels.Dimensions is not [< 0, int height, int width, 3] || height != size || width != size)
        {
            throw new InvalidDataException($"'{Name}' takes {Shape(pixels)}, not uint8 [N, {size}, {size}, 3]. Export it again.");
        }

        if (features.ElementType != typeof(float) || features.Dimensions is not [_, > 0 and int count])
        {
            throw new InvalidDataException($"'{Name}' gives {Shape(features)} as {OutputName}, not float [N, C]. Export it again.");
        }

        return count;
    }

    /// <summary>How many still need a network.</summary>
    private sealed class Owners
    {
        private readonly Lock changing = new();
        private int count = 1;

        /// <returns>False where nobody needed it any more.</returns>
        public bool TryAdd()
        {
            lock (changing)
            {
                if (count == 0) return false;
                count++;
                return true;
            }
        }

        /// <returns>Whether that was the last one.</returns>
        public bool Remove()
        {
            lock (changing) return --count == 0;
        }
    }

    private static string Shape(NodeMetadata node) => string.Create(CultureInfo.InvariantCulture,
        $"{node.ElementType.Name} [{string.Join(", ", node.Dimensions.Select(size => size < 0 ? "N" : $"{size}"))}]");
}
