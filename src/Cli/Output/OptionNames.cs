using System.Text.Json;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>What the command line calls the library's settings.</summary>
internal static class OptionNames
{
    /// <summary><c>BatchSize</c> -> <c>--batch-size</c>.</summary>
    public static string Of(string setting) => setting switch
    {
        nameof(TrainingOptions.ResultFolder) => "--output",
        nameof(TrainingOptions.Overwrite) => "--force",
        nameof(TrainingOptions.Resizing) => "--resize",
        nameof(TrainingOptions.TimeLimit) => "--max-minutes",
        nameof(TrainingOptions.CheckpointInterval) => "--checkpoint-minutes",
        nameof(SweepOptions.Candidates) => "--backbones",
        _ => $"--{JsonNamingPolicy.KebabCaseLower.ConvertName(setting)}",
    };

    /// <summary>A library's text, for people who type options.</summary>
    public static string Shown(this SettingText text) => text.For(Of);
}
