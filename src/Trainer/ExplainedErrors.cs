using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>Failures whose message was written for whoever has to mend them; anything else is a bug, and shows where it happened.</summary>
public static class ExplainedErrors
{
    /// <summary>What to say of a failure: the innermost cause, behind what only says that something failed.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <param name="name">What settings are called; null leaves them their properties' names.</param>
    /// <returns>Null for a bug.</returns>
    public static string? Of(Exception failure, Func<string, string>? name = null) => Cause(failure) switch
    {
        TrainingException e => e.MessageFor(name ?? (property => property)),
        // Those who read it do not know what a parameter is.
        ArgumentException { ParamName: string parameter } e =>
            e.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal),
        Exception e when e is UnreadableImageException or ArgumentException or FormatException or IOException or InvalidDataException
            or UnauthorizedAccessException or InvalidOperationException or NotSupportedException => e.Message,
        _ => null,
    };

    /// <summary>What went wrong, behind what only says that something did; of several things at once, the first.</summary>
    public static Exception Cause(Exception failure) => InnermostCause.Of(failure) switch
    {
        AggregateException { InnerException: Exception first } => Cause(first),
        Exception cause => cause,
    };
}
