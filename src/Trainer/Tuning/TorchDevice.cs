using ResNetMLNet.MLNetPipelines;
using TorchSharp;

namespace ResNetMLNet.Trainer;

/// <summary>The device that networks are trained on: by TorchSharp's packages, not by ONNX Runtime's.</summary>
internal static class TorchDevice
{
    /// <exception cref="TrainingException">CUDA was asked for by name, and TorchSharp cannot use it.</exception>
    public static torch.Device Of(ComputeDevice device)
    {
        string name = device.ToString();
        if (name == "cpu" || (name == "auto" && !torch.cuda.is_available())) return torch.CPU;
        return torch.cuda.is_available()
            ? torch.device(name == "auto" ? "cuda" : name)
            : throw new TrainingException($"{new Setting(nameof(FeaturizeImagesOptions.Device))} {name}: TorchSharp cannot use CUDA here. Reference a TorchSharp-cuda package (-p:TorchSharpCuda=true), or train on cpu.");
    }
}
