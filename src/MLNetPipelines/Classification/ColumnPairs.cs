using System.Runtime.CompilerServices;
using Microsoft.ML.Data;

namespace ResNetMLNet.MLNetPipelines;

/// <summary>Which columns a transformer of ML.NET maps to which, one to one; ML.NET keeps that to itself.</summary>
internal static class ColumnPairs
{
    /// <summary>The pairs, in the transformer's order.</summary>
    public static IReadOnlyList<(string Output, string Input)> Of(OneToOneTransformerBase transformer) => Field(transformer);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "ColumnPairs")]
    private static extern ref readonly (string outputColumnName, string inputColumnName)[] Field(OneToOneTransformerBase transformer);
}
