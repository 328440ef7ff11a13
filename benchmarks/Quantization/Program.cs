// What INT8 costs a backbone, by the way in which ranges are chosen.
//   dotnet run -c Release --project benchmarks/Quantization -- [--backbone FILE.onnx] [--images N] CALIBRATION-FOLDER CHECK-FOLDER [METHOD...]
// Calibrates resnet18_mlnet, or the exported file, on the first folder, and compares it on the second, on N images of each at most (400). Prints a
// Markdown table.
using System.Globalization;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string scratch = Directory.CreateTempSubdirectory("quantization-").FullName;
string onnx = Path.Combine(scratch, "backbone.onnx");
if (args is ["--backbone", string file, ..]) (onnx, args) = (file, args[2..]);
else using (Backbone backbone = BackboneRegistry.Create("resnet18_mlnet")) OnnxExporter.Export(backbone, onnx);

int images = new QuantizationOptions().CalibrationCount;
if (args is ["--images", string count, ..]) (images, args) = (int.Parse(count), args[2..]);
CalibrationMethod[] methods = args.Length > 2 ? [.. args[2..].Select(Enum.Parse<CalibrationMethod>)] : Enum.GetValues<CalibrationMethod>();
Console.WriteLine("| ranges | weights | cosine | signal to noise | same class | accuracy before | after | p | MB | images/s before | after |");
Console.WriteLine("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
foreach (CalibrationMethod method in methods)
{
    foreach ((bool portable, bool correction) in new[] { (false, true), (true, true), (false, false) })
    {
        QuantizationReport report = BackboneQuantizer.Quantize(
            onnx, CalibrationImages.FromFolder(args[0]), Path.Combine(scratch, "int8.onnx"), new QuantizationOptions
            {
                Method = method,
                CalibrationCount = images,
                CheckCount = images,
                Portable = portable,
                BiasCorrection = correction,
                CheckImages = CalibrationImages.FromFolder(args[1]),
                MinCosine = 0,
                MaxDrop = 100,
            });
        Console.WriteLine(
            $"| {method} | {(portable ? 7 : 8)} bits{(correction ? "" : ", biases as they are")} | {report.Cosine:F5} | {report.SignalToNoise:F2} dB | {report.Top1Agreement:F4} " +
            $"| {report.AccuracyBefore:F4} | {report.AccuracyAfter:F4} | {report.PValue:F2} | {report.Bytes / 1e6:F1} " +
            $"| {report.ImagesPerSecondBefore:F1} | {report.ImagesPerSecond:F1} |");
    }
}

Directory.Delete(scratch, recursive: true);
