namespace ResNetMLNet.Trainer;

/// <summary>What a caller can mend, in the data, the options or a folder; the message says how.</summary>
/// <param name="text">The message.</param>
public sealed class TrainingException(SettingText text) : Exception(text.ToString())
{
    /// <summary>The message with the settings' names as a front end has them.</summary>
    public string MessageFor(Func<string, string> name) => text.For(name);
}

/// <summary>
/// A training was stopped, and goes on from where it is when it is started again with <see cref="TrainingOptions.Resume"/>.
/// </summary>
public sealed class TrainingStoppedException : OperationCanceledException
{
    internal TrainingStoppedException(string message, string folder, CancellationToken cancellationToken) : base(message,
        cancellationToken) => Folder = folder;

    /// <summary>The folder of results that it has saved itself in, as it was named.</summary>
    public string Folder { get; }
}
