using Microsoft.ML.OnnxRuntime;
using ResNetMLNet;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.Backbones.Weights;
using SkiaSharp;

namespace Backbones.Tests;

/// <summary>
/// The ImageNet weights that the package Microsoft.ML.DnnImageFeaturizer.ResNet18 carries, against the package's own network.
/// </summary>
[TestClass]
public sealed class MLNetResNet18Tests
{
    private const int Size = 224;

    // The package's means, in the order of its channels.
    private static readonly float[] MeanBgr = [103.063f, 115.903f, 123.152f];

    public static IEnumerable<object[]> Photos =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Photos")).Order().Select(
            path => new object[] { Path.GetFileName(path) });

    /// <summary>1e-3 absolute, on features of up to about 10: two ways of adding the same numbers.</summary>
    [TestMethod]
    [DynamicData(nameof(Photos))]
    public void Features_of_a_photo_are_those_of_the_package(string photo)
    {
        byte[] rgb = Pixels(photo);
        float[] expected = RunPackage(rgb);

        using var backbone = new Backbone(BackboneRegistry.Find("resnet18_mlnet"));
        using (WeightSet weights = MLNetResNet18.Load()) backbone.LoadWeights(weights);
        string path = Path.Combine(Path.GetTempPath(), $"{Path.GetRandomFileName()}.onnx");
        OnnxExporter.Export(backbone, path);
        float[] exported;
        using (var session = new InferenceSession(path)) exported = Run(session, OnnxContract.PixelsInput, rgb, [1, Size, Size, 3]);
        File.Delete(path);

        Assert.IsGreaterThan(1f, expected.Max());
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], exported[i], 1e-3f, $"feature {i}");
    }

    [TestMethod]
    public void Another_file_is_refused()
    {
        string path = typeof(MLNetResNet18Tests).Assembly.Location;
        StringAssert.StartsWith(
            Assert.ThrowsExactly<InvalidDataException>(() => MLNetResNet18.Load(path)).Message,
            $"'{path}' is not the file of package Microsoft.ML.DnnImageFeaturizer.ResNet18");
    }

    [TestMethod]
    public void A_missing_file_names_the_package() =>
        Assert.AreEqual(
            "There is no 'nowhere.onnx'; the package Microsoft.ML.DnnImageFeaturizer.ResNet18 puts it there.",
            Assert.ThrowsExactly<FileNotFoundException>(() => MLNetResNet18.Load("nowhere.onnx")).Message);

    private static float[] RunPackage(byte[] rgb)
    {
        float[] bgr = new float[3 * Size * Size];
        for (int channel = 0; channel < 3; channel++)
        {
            for (int i = 0; i < Size * Size; i++) bgr[channel * Size * Size + i] = rgb[3 * i + 2 - channel] - MeanBgr[channel];
        }
        using var session = new InferenceSession(MLNetResNet18.DefaultPath);
        return Run(session, "Input247", bgr, [1, 3, Size, Size]);
    }

    private static float[] Run<T>(InferenceSession session, string input, T[] images, long[] shape)
        where T : unmanaged
    {
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(images, shape);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, [input], [value], session.OutputNames);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static byte[] Pixels(string photo)
    {
        using SKBitmap bitmap = SKBitmap.Decode(Path.Combine(AppContext.BaseDirectory, "Photos", photo));
        Assert.AreEqual(new SKSizeI(Size, Size), bitmap.Info.Size);
        return [.. bitmap.Pixels.SelectMany(color => new[] { color.Red, color.Green, color.Blue })];
    }

    /// <summary>A notebook's program is the kernel's, and has no files of packages beside it.</summary>
    [TestMethod]
    public void The_file_is_found_beside_the_program_or_in_the_package_folder()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("packaged-weights-");
        try
        {
            string program = folder.CreateSubdirectory("program").FullName, packages = folder.CreateSubdirectory("packages").FullName;
            string torchSharp = Path.Combine(packages, "torchsharp", "0.107.0", "lib", "net8.0", "TorchSharp.dll");
            string beside = Path.Combine(program, "DnnImageModels", "ResNet18Onnx", "ResNet18.onnx");
            string packaged = Path.Combine(packages, "microsoft.ml.dnnimagefeaturizer.resnet18", "0.23.1", "tools", "DnnImageModels", "ResNet18Onnx", "ResNet18.onnx");
            Assert.AreEqual(beside, MLNetResNet18.PathIn(program, torchSharp), "what is missing is named as it should be");
            Write(packaged);
            Assert.AreEqual(packaged, MLNetResNet18.PathIn(program, torchSharp));
            Assert.AreEqual(beside, MLNetResNet18.PathIn(program, torchSharp: ""), "a program in one file");
            Write(beside);
            Assert.AreEqual(beside, MLNetResNet18.PathIn(program, torchSharp));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static void Write(string path)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "");
        }
    }
}
