Console.WriteLine(TorchSharp.torch.randn(3).ToString(TorchSharp.TensorStringStyle.Numpy));
