using System.Reflection;
using ResNetMLNet.Backbones;

namespace ResNetMLNet.Trainer;

/// <summary>What the settings may be.</summary>
public sealed partial record Recipe
{
    /// <summary>Refuses what makes no sense.</summary>
    /// <exception cref="TrainingException">The message names the option, its value and the rule.</exception>
    public void Check()
    {
        Require(Epochs >= 1, nameof(Epochs), Epochs, "at least 1");
        Require(BatchSize >= 1, nameof(BatchSize), BatchSize, "at least 1");
        Require(BatchSize > 1
            || BatchNorm == BatchNormStatistics.Frozen, nameof(BatchSize), BatchSize,
            $"at least 2 with {Name(nameof(BatchNorm))} updated, since one image has no statistics");
        Require(TrainScale is >= 0.1 and <= 2, nameof(TrainScale), TrainScale, "0.1 to 2");
        Require(LearningRate is > 0 and < 100, nameof(LearningRate), LearningRate, "more than 0");
        Require(HeadRate is >= 0 and < 1e6, nameof(HeadRate), HeadRate, "0 or more");
        Require(StageDecay is > 0 and <= 1, nameof(StageDecay), StageDecay, "more than 0 and at most 1");
        Require(Momentum is >= 0 and < 1, nameof(Momentum), Momentum, "0 to below 1");
        Require(WeightDecay is >= 0 and < 1, nameof(WeightDecay), WeightDecay, "0 to below 1");
        Require(WarmUpEpochs >= 0 && WarmUpEpochs <= Epochs, nameof(WarmUpEpochs), WarmUpEpochs, $"0 to the number of epochs, {Epochs}");
        Require(LabelSmoothing is >= 0 and < 1, nameof(LabelSmoothing), LabelSmoothing, "0 to below 1");
        Require(Mixup is >= 0 and < 100, nameof(Mixup), Mixup, "0 or more");
        Require(CutMix is >= 0 and < 100, nameof(CutMix), CutMix, "0 or more");
        Require(MinCrop is > 0 and <= 1, nameof(MinCrop), MinCrop, "more than 0 and at most 1");
        Require(Flip is >= 0 and <= 1, nameof(Flip), Flip, "a probability, 0 to 1");
        Require(ColorJitter is >= 0 and <= 1, nameof(ColorJitter), ColorJitter, "0 to 1");
        Require(RandAugmentMagnitude is >= 0 and <= 30, nameof(RandAugmentMagnitude), RandAugmentMagnitude, "0 to 30");
        Require(RandAugmentSpread is >= 0 and <= 30, nameof(RandAugmentSpread), RandAugmentSpread, "0 to 30");
        Require(RandomErasing is >= 0 and <= 1, nameof(RandomErasing), RandomErasing, "a probability, 0 to 1");
        Require(StochasticDepth is >= 0 and < 1, nameof(StochasticDepth), StochasticDepth, "a probability, 0 to below 1");
        Require(AverageDecay is >= 0 and < 1, nameof(AverageDecay), AverageDecay, "0 to below 1");
        Require(WeightMixing is null or (> 0 and <= 1), nameof(WeightMixing), WeightMixing, "more than 0 and at most 1");
        Require(WeightMixing is null or 1
            || BatchNorm == BatchNormStatistics.Frozen, nameof(WeightMixing), WeightMixing,
            $"1 with {Name(nameof(BatchNorm))} updated, since statistics between those of two networks are neither's");
        Require(ClipNorm is >= 0 and < 1e6, nameof(ClipNorm), ClipNorm, "0 or more");
        Require(Accumulation >= 1, nameof(Accumulation), Accumulation, "at least 1");
        Require(Patience >= 0, nameof(Patience), Patience, "0 or more");
    }

    /// <summary>Refuses numbers that cannot be written down: 1e999 is read as infinity.</summary>
    /// <exception cref="TrainingException">The message names the setting.</exception>
    internal void RequireNumbers()
    {
        foreach (PropertyInfo setting in RecipeSettings.All)
        {
            if (setting.GetValue(this) is double value && !double.IsFinite(value)) Require(false, setting.Name, value, "a finite number");
        }
    }

    private static Setting Name(string property) => new(property);

    private static void Require(bool holds, string property, object? value, SettingText rule)
    {
        if (!holds) throw new TrainingException($"{Name(property)} is {value}; it has to be {rule}.");
    }
}
