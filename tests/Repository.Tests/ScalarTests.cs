using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Repository.Tests;

/// <summary>
/// Numbers reach tensors through TensorArithmetic alone. TorchSharp makes a native Scalar of each, which the garbage collector may finalize while
/// libtorch reads it; there it is held. Such a fault shows once in days, so the compiled code is looked at.
/// </summary>
[TestClass]
public sealed class ScalarTests
{
    private const string Place = "TensorArithmetic", Tensor = "TorchSharp.torch/Tensor", Scalar = "TorchSharp.Scalar";

    // Sums make a Scalar for their factor 1.
    private static readonly string[] sums = ["add", "add_", "sub", "sub_", "subtract", "subtract_", "op_Addition", "op_Subtraction"];

    [TestMethod]
    [DataRow("ResNetMLNet.Backbones")]
    [DataRow("ResNetMLNet.Trainer")]
    public void Numbers_reach_tensors_in_one_place(string assembly)
    {
        string path = Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll");
        using AssemblyDefinition definition = AssemblyDefinition.ReadAssembly(path);
        MethodDefinition[] methods = [.. definition.MainModule.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody)];
        Assert.IsTrue(methods.Any(method => method.DeclaringType.Name == Place && Calls(method).Any(MakesScalar)), "the place where they do is not found");

        string[] offences = [.. from method in methods
                                where method.DeclaringType.Name != Place
                                from called in Calls(method)
                                where MakesScalar(called)
                                select $"{method.FullName} calls {called.FullName}"];
        Assert.IsEmpty(offences, string.Join('\n', offences));
    }

    private static IEnumerable<MethodReference> Calls(MethodDefinition method) => method.Body.Instructions
        .Where(instruction => instruction.OpCode.Code is Code.Call or Code.Callvirt or Code.Newobj).Select(instruction => instruction.Operand).OfType<MethodReference>();

    private static bool MakesScalar(MethodReference called)
    {
        string[] parameters = [.. called.Parameters.Select(parameter => parameter.ParameterType.FullName)];
        if (called.DeclaringType.FullName == Scalar || called.ReturnType.FullName == Scalar) return called.Name != "Dispose";
        if (called.DeclaringType.FullName != Tensor) return false;
        return (sums.Contains(called.Name) && !parameters.Contains(Scalar))
            || (called.Name.StartsWith("op_", StringComparison.Ordinal) && parameters.Any(parameter => parameter is "System.Single" or "System.Double" or "System.Int32" or "System.Int64"));
    }
}
