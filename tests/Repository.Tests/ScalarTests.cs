using System.Runtime.InteropServices;
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
        using AssemblyDefinition definition = Read(assembly, new DefaultAssemblyResolver());
        MethodDefinition[] methods = [.. Methods(definition)];
        Assert.IsTrue(methods.Any(method => method.DeclaringType.Name == Place && Calls(method).Any(MakesScalar)), "the place where they do is not found");

        string[] offences = [.. from method in methods
                                where method.DeclaringType.Name != Place
                                from called in Calls(method)
                                where MakesScalar(called)
                                select $"{method.FullName} calls {called.FullName}"];
        Assert.IsEmpty(offences, string.Join('\n', offences));
    }

    /// <summary>TorchSharp's own C# makes Scalars too, in its optimizers for one: no method of it is called that gets to one.</summary>
    [TestMethod]
    public void Nothing_of_TorchSharp_that_is_called_makes_a_number_of_its_own()
    {
        using var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(AppContext.BaseDirectory);
        resolver.AddSearchDirectory(RuntimeEnvironment.GetRuntimeDirectory());
        using AssemblyDefinition backbones = Read("ResNetMLNet.Backbones", resolver), trainer = Read("ResNetMLNet.Trainer", resolver);
        var callers = new Dictionary<MethodDefinition, MethodDefinition?>();
        var open = new Queue<MethodDefinition>(Methods(backbones).Concat(Methods(trainer)));
        foreach (MethodDefinition method in open) callers[method] = null;
        var offences = new List<string>();
        while (open.TryDequeue(out MethodDefinition? method))
        {
            MethodDefinition[] called = [.. Calls(method).Where(call => call.DeclaringType.FullName.StartsWith("TorchSharp.", StringComparison.Ordinal))
                .Select(call => call.Resolve()).OfType<MethodDefinition>().Where(call => call.HasBody)];
            if (method.DeclaringType.FullName.StartsWith("TorchSharp.", StringComparison.Ordinal) && called.Any(call => call.DeclaringType.FullName == Scalar && call.IsStatic))
                offences.Add($"{method.FullName}, called by {callers[method]?.FullName}");
            foreach (MethodDefinition next in called.Where(call => call.DeclaringType.FullName != Scalar && callers.TryAdd(call, method))) open.Enqueue(next);
        }
        Assert.IsGreaterThan(200, callers.Count(entry => entry.Key.Module.Name == "TorchSharp.dll"), "TorchSharp was not looked into");
        Assert.IsEmpty(offences, string.Join('\n', offences));
    }

    private static AssemblyDefinition Read(string assembly, IAssemblyResolver resolver) =>
        AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll"), new ReaderParameters { AssemblyResolver = resolver });

    private static IEnumerable<MethodDefinition> Methods(AssemblyDefinition assembly) =>
        assembly.MainModule.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody);

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
