using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// A part of a model as ML.NET writes it: a head of 256 bytes that says which loader of which assembly reads the part, its numbers, its
/// texts.
/// </summary>
internal static partial class ModelPart
{
    /// <summary>Name of a component's file in its folder.</summary>
    public const string FileName = "Model.key";

    private const int HeadLength = 256;

    // Ours have 60 characters. ML.NET's parser calls itself for each bracket and each operator before a value.
    private const int ExpressionLimit = 1000, BracketLimit = 32;

    // What ML.NET's own packages write, as far as they go with image features.
    private static readonly HashSet<string> assemblies =
    [
        "Microsoft.ML.Core", "Microsoft.ML.Data", "Microsoft.ML.Transforms", "Microsoft.ML.StandardTrainers", "Microsoft.ML.ImageAnalytics",
        "Microsoft.ML.OnnxTransformer", "Microsoft.ML.KMeansClustering", "Microsoft.ML.PCA", "Microsoft.ML.FastTree",
            "Microsoft.ML.LightGbm",
        "Microsoft.ML.Ensemble", "Microsoft.ML.Mkl.Components", "Microsoft.ML.TimeSeries", "Microsoft.ML.Recommender",
            "Microsoft.ML.FairLearn",
    ];

    private static ReadOnlySpan<byte> Signature => "ML\0MODEL"u8;

    /// <param name="name">The part's path in the model.</param>
    /// <param name="part">Its bytes.</param>
    /// <returns>Why ML.NET is not to load it, as the end of a sentence that starts with the part; null where it may.</returns>
    public static string? Flaw(string name, ReadOnlySpan<byte> part)
    {
        bool component = name.EndsWith($"/{FileName}", StringComparison.Ordinal);
        if (component && (part.Length < HeadLength || !part.StartsWith(Signature))) return "that is damaged";

        // ML.NET can read a component out of the middle of another's numbers, but writes none so.
        if (part[(component ? Signature.Length : 0)..].IndexOf(Signature) >= 0) return "with a component hidden in it";
        if (!component) return null;
        if (Texts(part) is not { } texts || Assembly(part) is not string assembly) return "that is damaged";
        string loader = Encoding.Latin1.GetString(part.Slice(0x50, 24)).TrimEnd('\0');
        if (assembly != "" && !IsKnown(assembly, assemblies)) return Unknown(assembly);
        return loader switch
        {
            "CustomTransformer" => texts.Skip(1).FirstOrDefault(text => text != "" && !IsOfProgram(text)) is string other
                ? Unknown(other) : null,
            "ExprTransform" => texts.Any(
                IsTooDeep) ? $"with an expression of more than {ExpressionLimit} characters or {BracketLimit} nested brackets" : null,
            _ => null,
        };
    }

    private static string Unknown(
        string assembly) => $"that would load the assembly '{DisplayText.Of(assembly)}', which is not one of ML.NET, of ResNetMLNet or the "
        + "program itself (a model that you trust can be loaded with mlContext.Model.Load)";

    // A step of the program's own: its assembly runs already.
    private static bool IsOfProgram(string assembly) =>
        IsKnown(assembly, [typeof(ModelPart).Assembly.GetName().Name!, System.Reflection.Assembly.GetEntryAssembly()?.GetName().Name
            ?? ""]);

    private static bool IsKnown(string assembly, HashSet<string> names) =>
        FullName().Match(assembly) is { Success: true } match && names.Contains(match.Groups["name"].Value);

    private static bool IsTooDeep(string expression)
    {
        int depth = 0, deepest = 0;
        foreach (char c in expression)
        {
            if (c is '(' or '[' or '{') deepest = Math.Max(deepest, ++depth);
            if (c is ')' or ']' or '}') depth--;
        }

        return expression.Length > ExpressionLimit || deepest > BracketLimit;
    }

    /// <returns>The part's texts; null where they lie outside of it.</returns>
    private static List<string>? Texts(ReadOnlySpan<byte> part)
    {
        if (!TrySlice(part, 0x20, out ReadOnlySpan<byte> ends) || ends.Length % sizeof(long) != 0
            || !TrySlice(part, 0x30, out ReadOnlySpan<byte> characters))
            return null;
        List<string> texts = [];
        long start = 0;
        foreach (long end in MemoryMarshal.Cast<byte, long>(ends))
        {
            if (end < start || end > characters.Length) return null;
            texts.Add(Encoding.Unicode.GetString(characters[(int)start..(int)end]));
            start = end;
        }

        return texts;
    }

    /// <returns>The assembly that has the loader; empty where none is named, null where the name lies outside of the part.</returns>
    private static string? Assembly(ReadOnlySpan<byte> part)
    {
        long start = BinaryPrimitives.ReadInt64LittleEndian(part[0x90..]);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(part[0x98..]);
        return start >= 0 && length <= part.Length && start <= part.Length - length
            ? Encoding.Unicode.GetString(part.Slice((int)start, (int)length)) : null;
    }

    private static bool TrySlice(ReadOnlySpan<byte> part, int at, out ReadOnlySpan<byte> slice)
    {
        long start = BinaryPrimitives.ReadInt64LittleEndian(part[at..]), length =
            BinaryPrimitives.ReadInt64LittleEndian(part[(at + sizeof(long))..]);
        bool inside = start >= 0 && length >= 0 && length <= part.Length && start <= part.Length - length;
        slice = inside ? part.Slice((int)start, (int)length) : default;
        return inside;
    }

    // As Assembly.FullName writes it: no blanks, no other keys.
    [GeneratedRegex(@"^(?<name>[A-Za-z0-9_.\-]+)(, Version=[0-9.]+, Culture=neutral, PublicKeyToken=(null|[0-9a-f]{16}))?$")]
    private static partial Regex FullName();
}
