using System.Reflection;

namespace ResNetMLNet.MLNetPipelines.Tests;

/// <summary>What went wrong is on top, whatever it came wrapped in, with the remedy where there is one.</summary>
[TestClass]
public sealed class InnermostCauseTests
{
    [TestMethod]
    public void A_missing_native_library_is_named_with_the_package_to_reference()
    {
        Exception failure = new TypeInitializationException("NativeMethods",
            new DllNotFoundException("Unable to load shared library 'onnxruntime' or one of its dependencies."));
        Assert.AreEqual(
            "Unable to load shared library 'onnxruntime' or one of its dependencies. The program lacks ONNX Runtime's native library: "
            + "reference the package "
            + "Microsoft.ML.OnnxRuntime, or Microsoft.ML.OnnxRuntime.Gpu.", Thrown<InvalidOperationException>(failure).Message);
    }

    [TestMethod]
    public void A_missing_trainer_is_named_with_its_package()
    {
        Exception failure = new TargetInvocationException(new FileNotFoundException(
            "Could not load file or assembly 'Microsoft.ML.LightGbm, Version=1.0.0.0'.", "Microsoft.ML.LightGbm, Version=1.0.0.0"));
        Assert.AreEqual(
            "Could not load file or assembly 'Microsoft.ML.LightGbm, Version=1.0.0.0'. Reference the package Microsoft.ML.LightGbm in the "
            + "program.", InnermostCause.Describe(failure));
    }

    [TestMethod]
    public void Generated_code_that_is_switched_off_is_named_with_the_switch()
    {
        Exception failure = new TargetInvocationException(new AggregateException(
            new PlatformNotSupportedException("Dynamic code generation is not supported on this platform.")));
        StringAssert.EndsWith(Thrown<InvalidOperationException>(failure).Message,
            "or `#:property PublishAot=false` at the top of a file-based app.");
    }

    [TestMethod]
    public void A_full_disk_and_an_unreadable_image_are_what_they_are()
    {
        IOException full = new("No space left on device : '/tmp/model.zip'");
        Assert.AreSame(full, Thrown<IOException>(new TargetInvocationException(full)));
        UnreadableImageException unreadable = new("photo.jpg", "is truncated");
        Assert.AreSame(unreadable, Thrown<UnreadableImageException>(
            new InvalidOperationException("Event we were waiting on was subject to an exception", unreadable)));
    }

    [TestMethod]
    public void What_is_not_wrapped_stays_as_it_is()
    {
        InvalidOperationException own = new("Own words.", new IOException("Why."));
        Assert.AreSame(own, Thrown<InvalidOperationException>(own));
        Assert.AreEqual(3, InnermostCause.Of(() => 3));
    }

    private static T Thrown<T>(Exception failure)
        where T : Exception => Assert.ThrowsExactly<T>(() => InnermostCause.Of(() => throw failure));
}
