using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ResNetMLNet.Trainer;

/// <summary>
/// The <see cref="MLContext"/> whose catalog is extended. ML.NET's own trainers see it; others have to ask for what is internal to ML.NET.
/// </summary>
/// <param name="trainers">The part of the catalog.</param>
internal sealed class CatalogContext(TrainCatalogBase.CatalogInstantiatorBase trainers)
{
    private const string Source = "FineTunedBackbone";

    private readonly IHostEnvironment environment = EnvironmentOf(OwnerOf(trainers));

    /// <summary>The context's seed; null where it has none.</summary>
    public int? Seed => (int?)Value("Microsoft.ML.Runtime.IHostEnvironmentInternal", "Seed");

    /// <summary>Whether the context was told to stop what it does.</summary>
    public bool IsCanceled => (bool)Value("Microsoft.ML.Runtime.ICancelable", "IsCanceled")!;

    /// <summary>Tells the listeners of <see cref="MLContext.Log"/>.</summary>
    public void Log(TrainingEvent value)
    {
        switch (value)
        {
            case TrainingEpoch epoch:
                Info(FormattableString.Invariant(
                    $"Epoch {epoch.Epoch}: training loss {epoch.TrainLoss:F4}, validation loss {epoch.ValidationLoss:F4}, {Figures(epoch)}."));
                break;
            case TrainingMessage { IsWarning: false } message:
                Info(message.Text.ToString());
                break;
            case TrainingMessage message:
                Warn(message.Text.ToString());
                break;
            case ImagesSkipped { Images: var images }:
                foreach (SkippedImage image in images) Warn($"'{image.Path}' {image.Reason}. It is left out.");
                break;
        }
    }

    private static string Figures(TrainingEpoch epoch) =>
        string.Join(", ", epoch.Figures.Select(figure => FormattableString.Invariant($"{figure.Name} {figure.Value:G4}")));

    // A channel for each message: none is left open by a training that ends half way.
    private void Info(string text)
    {
        using IChannel channel = environment.Start(Source);
        channel.Info(MessageSensitivity.UserData, text);
    }

    private void Warn(string text)
    {
        using IChannel channel = environment.Start(Source);
        channel.Warning(MessageSensitivity.UserData, text);
    }

    // FineTunedBackboneTests has what must hold.
    private object? Value(string type, string property) =>
        (environment.GetType().GetInterface(type)?.GetProperty(property) ?? throw new MissingMemberException(type, property)).GetValue(
            environment);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Owner")]
    private static extern TrainCatalogBase OwnerOf(TrainCatalogBase.CatalogInstantiatorBase trainers);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Environment")]
    private static extern IHostEnvironment EnvironmentOf(TrainCatalogBase catalog);
}
