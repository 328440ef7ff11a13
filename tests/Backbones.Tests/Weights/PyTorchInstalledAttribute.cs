namespace Backbones.Tests.Weights;

/// <summary>Skips a test where PyTorch itself is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PyTorchInstalledAttribute : ConditionBaseAttribute
{
    private static readonly Lazy<bool> IsInstalled = new(() => SystemPython.Has("torch"));

    public PyTorchInstalledAttribute() : base(ConditionMode.Include) =>
        IgnoreMessage = "PyTorch is not installed: apt-get install python3-torch.";

    public override string GroupName => nameof(PyTorchInstalledAttribute);

    public override bool IsConditionMet => IsInstalled.Value;
}
