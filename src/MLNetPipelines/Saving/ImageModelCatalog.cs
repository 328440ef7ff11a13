using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using ResNetMLNet;
using ResNetMLNet.MLNetPipelines;

namespace Microsoft.ML;

/// <summary>Extension methods for <see cref="ModelOperationsCatalog"/> that save and load models with an image featurizer.</summary>
public static class ImageModelCatalog
{
    // The first that a zip file can say.
    private static readonly DateTimeOffset noTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// Save a model so that the same model gives the same bytes, and the file is there whole or not at all: it is written beside its place
    /// and renamed. (<c>mlContext.Model.Save</c> writes the same content; it notes in the zip when each part of it was written, and packs
    /// networks, which makes files 7 % smaller and loading half as fast.)
    /// </summary>
    /// <param name="catalog">The model operations' catalog.</param>
    /// <param name="model">The model; it may be any of ML.NET.</param>
    /// <param name="inputSchema">The schema of the data that it takes; null leaves it out.</param>
    /// <param name="path">The zip file; one that is there is replaced.</param>
    public static void SaveImageModel(this ModelOperationsCatalog catalog, ITransformer model, DataViewSchema? inputSchema, string path)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        using MemoryStream saved = new();
        using NetworksAside aside = new();
        InnermostCause.Of(() => catalog.Save(model, inputSchema, saved));
        WholeFile.Write(path, file =>
        {
            using ZipArchive from = new(saved, ZipArchiveMode.Read), to = new(file, ZipArchiveMode.Create, leaveOpen: true);
            foreach (ZipArchiveEntry part in from.Entries)
            {
                // Weights shrink by 7 %, and would take half of the time of loading to unpack.
                bool isNetwork = ModelArchive.IsNetwork(part.FullName);
                ZipArchiveEntry copy = to.CreateEntry(part.FullName, isNetwork ? CompressionLevel.NoCompression : CompressionLevel.Optimal);
                copy.LastWriteTime = noTime;
                using Stream target = copy.Open();
                if (isNetwork && aside.Find(part) is byte[] network)
                {
                    target.Write(BitConverter.GetBytes(network.Length));
                    target.Write(network);
                    continue;
                }

                using Stream content = part.Open();
                content.CopyTo(target);
            }
        });
    }

    /// <summary>
    /// Load a model with <see cref="ImageFeaturizingTransformer"/>s in it, and make them as fast as they were before it was saved:
    /// many images at a time, on the device asked for. (<c>mlContext.Model.Load</c> reads the same file; the model then
    /// gives the same values, one image at a time, on the CPU.)
    /// </summary>
    /// <param name="catalog">The model operations' catalog.</param>
    /// <param name="path">What <c>mlContext.Model.Save</c> wrote.</param>
    /// <param name="inputSchema">The schema that the model was saved with; null where it was saved without one.</param>
    /// <param name="options">
    /// Device, batch size, limits; null takes the defaults. What decides on the values and columns that come out
    /// (<see cref="FeaturizeImagesOptions.Output"/>, <see cref="FeaturizeImagesOptions.Normalize"/>,
    /// <see cref="FeaturizeImagesOptions.UnreadableImages"/>) is as it was saved, whatever stands here.
    /// </param>
    /// <returns>
    /// The model's transformers, chains within chains laid flat. Disposing of it releases the networks.
    /// The featurizer in it is <c>model.OfType&lt;ImageFeaturizingTransformer&gt;().Single().Featurizer</c>, and
    /// <c>model.SkipWhile(t => t is not ImageFeaturizingTransformer).Skip(1)</c> is the head, after an
    /// <see cref="UnknownScoringTransformer"/> where there is one.
    /// </returns>
    /// <exception cref="System.IO.FileNotFoundException">There is no such file.</exception>
    /// <remarks>
    /// Open models that you trust only: unlike weights and ONNX files, a model of ML.NET says what code runs. This method limits what a
    /// stranger's file can do before it is refused: sizes, nesting, assemblies other than ML.NET's, this one and the program's, operators
    /// that no backbone has. <c>mlContext.Model.Load</c> limits nothing.
    /// </remarks>
    /// <exception cref="System.IO.InvalidDataException">
    /// The file is not a model that ML.NET saved, is damaged, exceeds a limit, or has no image featurizer in it.
    /// </exception>
    /// <exception cref="InvalidOperationException">A CUDA device was asked for by name, and it cannot be used.</exception>
    public static TransformerChain<ITransformer> LoadImageModel(
        this ModelOperationsCatalog catalog, string path, out DataViewSchema inputSchema, FeaturizeImagesOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ModelArchive archive = ModelArchive.Open(path);
        using SavedNetworks networks = new(archive.Networks, path, options ?? new FeaturizeImagesOptions());
        ITransformer loaded;
        try
        {
            using MemoryStream content = archive.WithoutNetworks();
            loaded = catalog.Load(content, out inputSchema);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            throw new InvalidDataException(
                $"ML.NET cannot load the model '{DisplayText.Of(path, 300)}': {InnermostCause.Describe(failure)}", failure);
        }

        List<ITransformer> parts = [];
        List<TransformerScope> scopes = [];
        try
        {
            Restore(loaded, ModelArchive.Root, TransformerScope.Everything);
            return parts.Exists(part => part is ImageFeaturizingTransformer)
                ? new TransformerChain<ITransformer>(parts, scopes)
                : throw new InvalidDataException(
                    $"'{path}' is an ML.NET model without an image featurizer of ResNetMLNet. Load it with mlContext.Model.Load.");
        }
        catch
        {
            parts.OfType<IDisposable>().ToList().ForEach(part => part.Dispose());
            throw;
        }

        void Restore(ITransformer part, string folder, TransformerScope scope)
        {
            if (part is not TransformerChain<ITransformer> chain)
            {
                Add(part is ValueToKeyMappingTransformer labels ? new ImageLabelTransformer(labels) : part);
            }
            else if (SavedFeaturizer.Is(chain))
            {
                string network = ModelArchive.Child(folder, SavedFeaturizer.IndexOfNetwork(chain));
                chain.Dispose();
                Add(networks.Take(network));
            }
            else if (UnknownScoringTransformer.Is(chain))
            {
                Add(UnknownScoringTransformer.Restore(chain, path));
            }
            else
            {
                foreach ((int index, ITransformer inner) in chain.Index())
                {
                    TransformerScope own = ScopeOf(chain, inner);

                    // A chain within a chain does what it does for scoring, whatever the outer one is asked for.
                    Restore(inner, ModelArchive.Child(folder, index),
                        folder == ModelArchive.Root ? own : own.HasFlag(TransformerScope.Scoring) ? scope : TransformerScope.None);
                }
            }

            void Add(ITransformer restored)
            {
                parts.Add(restored);
                scopes.Add(scope);
            }
        }
    }

    /// <summary>The same model with another network in its featurizer; parts that are not the featurizer are shared.</summary>
    internal static TransformerChain<ITransformer> WithNetwork(TransformerChain<ITransformer> model, byte[] network, string name)
    {
        ITransformer[] parts = [.. model.Select(part => part is ImageFeaturizingTransformer featurizing
            ? featurizing.With(ImageFeaturizer.Open(network, name, featurizing.Featurizer.Options)) : part)];
        return new TransformerChain<ITransformer>(parts, model.Select(part => ScopeOf(model, part)));
    }

    // ML.NET keeps the scopes to itself, but says which parts a chain has in each.
    private static TransformerScope ScopeOf(TransformerChain<ITransformer> chain, ITransformer part) =>
        new[] { TransformerScope.Training, TransformerScope.Testing, TransformerScope.Scoring }
            .Where(scope => chain.GetModelFor(scope).Contains(part))
            .Aggregate(TransformerScope.None, (all, scope) => all | scope);
}
