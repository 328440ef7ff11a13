using System.Reflection;
using System.Runtime.ExceptionServices;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Brings what really went wrong to the top, where ML.NET, reflection or a static constructor wrapped it, and says what to do about it
/// where that is known.
/// </summary>
public static class InnermostCause
{
    /// <summary>Does the work; where it fails by a wrapped exception, throws what is inside.</summary>
    public static T Of<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception failure)
        {
            Exception cause = Of(failure);
            if (AdviceOn(cause) is string advice) throw new InvalidOperationException($"{Sentence(cause)} {advice}", failure);
            if (cause != failure) ExceptionDispatchInfo.Throw(cause);
            throw;
        }
    }

    /// <inheritdoc cref="Of{T}(Func{T})"/>
    public static void Of(Action work) => Of<object?>(() =>
    {
        work();
        return null;
    });

    /// <summary>The exception that others only wrap.</summary>
    public static Exception Of(Exception failure) => failure switch
    {
        AggregateException { InnerExceptions: [var only] } => Of(only),
        TargetInvocationException or TypeInitializationException when failure.InnerException is not null => Of(failure.InnerException),

        // ML.NET's cache reads ahead on a thread of its own, and says no more than that it failed there.
        InvalidOperationException { InnerException: { } inner } when failure.Message.StartsWith("Event we were waiting on",
            StringComparison.Ordinal) => Of(inner),
        InvalidOperationException { InnerException: { } inner } when failure.Message.StartsWith("Splitter/consolidator worker",
            StringComparison.Ordinal) => Of(inner),
        _ => failure,
    };

    /// <summary>What the cause says, on one line, and what to do about it where that is known.</summary>
    public static string Describe(Exception failure)
    {
        Exception cause = Of(failure);
        return AdviceOn(cause) is string advice ? $"{Sentence(cause)} {advice}" : Sentence(cause);
    }

    // It may quote a stranger's file.
    private static string Sentence(Exception cause) =>
        DisplayText.Of(cause.Message.ReplaceLineEndings(" ").TrimEnd('.', ' '), limit: 300) + ".";

    private static string? AdviceOn(Exception cause) => cause switch
    {
        DllNotFoundException or EntryPointNotFoundException when cause.Message.Contains("onnxruntime",
            StringComparison.OrdinalIgnoreCase) =>
            "The program lacks ONNX Runtime's native library: reference the package Microsoft.ML.OnnxRuntime, or "
                + "Microsoft.ML.OnnxRuntime.Gpu.",
        DllNotFoundException when cause.Message.Contains("SkiaSharp", StringComparison.OrdinalIgnoreCase) =>
            "The program lacks SkiaSharp's native library: on Linux, reference the package SkiaSharp.NativeAssets.Linux.NoDependencies.",
        PlatformNotSupportedException when cause.Message.Contains("ynamic code", StringComparison.Ordinal) =>
            "ML.NET generates code as it runs. Set <PublishAot>false</PublishAot> in the project, or `#:property PublishAot=false` at the "
                + "top of a file-based app.",
        FileNotFoundException { FileName: { } name } when name.StartsWith("Microsoft.ML.", StringComparison.Ordinal) =>
            $"Reference the package {DisplayText.Of(name.Split(',')[0])} in the program.",
        _ => null,
    };
}
