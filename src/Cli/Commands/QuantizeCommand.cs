using System.CommandLine;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary><c>quantize</c>: a backbone or a model in 8-bit integers.</summary>
internal static class QuantizeCommand
{
    private const string Zip = ".zip";

    public static Command Create()
    {
        var model = new Argument<string>("MODEL")
        {
            Description = "A backbone's ONNX file, or a model.zip that you trust, or the folder that `train` wrote it into.",
        };
        Option<string> calibrate = QuantizingOptions.Calibrate();
        calibrate.Required = true;
        var output = new Option<FileInfo>("--output", "-o")
        {
            Description = "The file to write, of the same kind as MODEL; an existing one is replaced.",
            Required = true,
        };
        var settings = new QuantizingOptions();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("quantize", "Makes a backbone, or a model's, compute in 8-bit integers: a quarter of the size, and faster.")
        {
            model, calibrate, output, json,
        };
        settings.AddTo(command);
        command.SetAction((arguments, cancellationToken) => Task.Run(() =>
        {
            string named = arguments.GetValue(calibrate)!;
            ImageListOptions lists = settings.Lists(arguments, named);
            Run(arguments.GetValue(model)!, QuantizingOptions.Images(named, lists), arguments.GetValue(output)!, settings.Read(arguments, lists),
                arguments.GetValue(json), cancellationToken);
        }, cancellationToken));
        return command;
    }

    private static void Run(
        string model, CalibrationImages calibrate, FileInfo output, QuantizationOptions options, bool json, CancellationToken cancellationToken)
    {
        string file = TrainedModel.FileOf(model);
        bool isModel = file.EndsWith(Zip, StringComparison.OrdinalIgnoreCase);
        if (isModel != output.Extension.Equals(Zip, StringComparison.OrdinalIgnoreCase))
        {
            throw new UserException(
                $"'{file}' is quantized to a {(isModel ? "model: name a .zip" : "backbone: name an .onnx")} file, not '{output}'.");
        }

        QuantizationReport report;
        using (var display = new QuantizationDisplay())
        {
            output.Directory!.Create();
            report = BackboneQuantizer.Quantize(
                file, calibrate, output.FullName, options, display, cancellationToken);
        }

        ClassificationTables.WriteSkipped([.. report.Unreadable.Select(image => new SkippedImage(image.Path, image.Reason))]);
        if (json) Terminal.Json(QuantizationDisplay.Json(report));
        else QuantizationDisplay.Print(report);
        foreach (string warning in report.Warnings) Terminal.Warn(warning);
        Terminal.Say($"Wrote {output}.");
    }
}
