namespace ResNetMLNet.Trainer;

/// <summary>Something about the machine that this project depends on.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">How it is here.</param>
/// <param name="Problem">What does not work because of it and what to do, in whole sentences; null where all is well.</param>
public sealed record MachineFact(string Name, string Value, string? Problem = null);
