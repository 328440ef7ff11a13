using System.CommandLine;
using ResNetMLNet.Backbones;
using ResNetMLNet.Backbones.Onnx;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Cli;

/// <summary><c>export</c>: a backbone of the catalog, or a trained model whole, as an ONNX file.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "A backbone that `models` lists, or a model that `train` wrote and you trust (its folder or model.zip)." };
        var output = new Option<FileInfo>("--output", "-o")
        {
            Description = "The ONNX file to write; an existing one is replaced.",
            Required = true
        };
        var weights = new WeightsOptions();
        Option<int?> classes = new Option<int?>("--classes")
        {
            Description = "Number of classes of the classifier, 0 for no classifier. A classifier that the weights do not fit starts fresh; without this option they must fit.",
            HelpName = "N",
        }.Within(0, 100_000);
        var input = new Option<OnnxInput>("--input")
        {
            Description = "The input: pixels (uint8 RGB [N, H, W, 3], normalized inside the file) or tensor (float [N, 3, H, W], normalized by the caller).",
            HelpName = "pixels|tensor",
            DefaultValueFactory = _ => OnnxInput.Pixels,
        };
        var outputs = new Option<string>("--outputs")
        {
            Description = "The outputs: features, logits, or both separated by a comma.",
            DefaultValueFactory = _ => "features"
        };
        var stages = new Option<bool>("--stages") { Description = "Also output layer1 to layer4: the output of each stage, averaged over the image." };
        Option<OnnxPrecision> precision = CommonOptions.Precision();
        Option<string> calibrate = QuantizingOptions.Calibrate();
        Option<bool> half = EarlierHalf();
        Option<int?> size = CommonOptions.ImageSize("Height and width of the input in pixels; by default, the backbone's own.");
        Option<Resizing?> resize = CommonOptions.Resize();
        var command = new Command("export", "Writes a backbone, or a trained model whole, as an ONNX file that holds its preprocessing.") { name, output, classes, input, outputs, stages, precision, calibrate, half, size, resize };
        weights.AddTo(command);
        command.SetAction((arguments, cancellationToken) => Task.Run(() =>
        {
            if (IsModel(arguments.GetValue(name)!))
            {
                if (arguments.FirstGiven(weights.All.Concat([classes, input, outputs, stages, precision, calibrate, size, resize])) is Option given)
                    throw new UserException(
                        $"{given.Name} is for a backbone; '{arguments.GetValue(name)}' is a trained model, which is exported as it is.");
                RunModel(arguments.GetValue(name)!, arguments.GetValue(output)!);
                return;
            }

            string[] wanted = arguments.GetValue(outputs)!.Split(',');
            if (wanted.FirstOrDefault(o => o is not ("features" or "logits")) is string unknown)
                throw new UserException($"'{unknown}' is not an output. Use `--outputs features`, `logits` or `features,logits`.");
            InitialWeights initial = weights.Read(arguments);
            OnnxPrecision computes = arguments.GetValue(precision);
            if (computes == OnnxPrecision.Int8 != arguments.GetValue(calibrate) is not null)
                throw new UserException(computes == OnnxPrecision.Int8
                    ? "--precision int8 needs images of the kind that the network is used on: name a folder of them with --calibrate."
                    : "--calibrate is for `--precision int8`. Give both or neither.");
            Run(arguments.GetValue(name)!, arguments.GetValue(output)!, arguments.GetValue(calibrate), initial, arguments.GetValue(classes), new OnnxExportOptions
            {
                Input = arguments.GetValue(input),
                Features = wanted.Contains("features"),
                Logits = wanted.Contains("logits"),
                Stages = arguments.GetValue(stages),
                Precision = computes == OnnxPrecision.Int8 ? OnnxPrecision.Float32 : computes,
                ImageSize = arguments.GetValue(size),
                Resizing = arguments.GetValue(resize),
            }, cancellationToken);
        }, cancellationToken));
        return command;
    }

    private static Option<bool> EarlierHalf()
    {
        var half = new Option<bool>("--half") { Hidden = true };
        half.Validators.Add(result =>
        {
            if (!result.Implicit) result.AddError("--half is now `--precision half`.");
        });
        return half;
    }

    private static bool IsModel(string name) => Directory.Exists(name) || name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);

    private static void RunModel(string model, FileInfo output)
    {
        using ImageClassifier classifier = CommonOptions.Load(model, new FeaturizeImagesOptions { Device = ComputeDevice.Cpu });
        output.Directory!.Create();
        classifier.ExportOnnx(output.FullName);
        Terminal.Say($"Wrote {output}: pixels in, probabilities of {classifier.Classes.Count} {(classifier.Thresholds is null ? "classes" : "labels")} out.");
    }

    private static void Run(
        string name, FileInfo output, string? calibrate, InitialWeights weights, int? classes, OnnxExportOptions options,
        CancellationToken cancellationToken)
    {
        using var progress = new TerminalProgress();
        using Backbone backbone = BackboneRegistry.Create(
            name, weights, classes, progress: WeightsDownloads.Show(weights.Name ?? name, progress), cancellationToken: cancellationToken);
        output.Directory!.Create();
        if (calibrate is null) OnnxExporter.Export(backbone, output.FullName, options);
        else ExportQuantized(backbone, output, calibrate, options, cancellationToken);
        output.Refresh();
        if (weights.IsFresh)
            Terminal.Warn("The backbone has random weights: its features say little about an image. Without --fresh it gets the best public weights.");
        Terminal.Say($"Wrote {output} ({output.Length / 1e6:F1} MB): {name}, weights: {backbone.WeightsOrigin}.");
    }

    private static void ExportQuantized(
        Backbone backbone, FileInfo output, string calibrate, OnnxExportOptions options, CancellationToken cancellationToken)
    {
        if (options.Input == OnnxInput.Tensor) throw new UserException("--precision int8 goes with `--input pixels`: it is calibrated on images.");
        string folder = Directory.CreateTempSubdirectory("resnet-mlnet-").FullName;
        try
        {
            string exported = Path.Combine(folder, "float32.onnx");
            OnnxExporter.Export(backbone, exported, options);
            using var display = new QuantizationDisplay();
            QuantizationReport report = BackboneQuantizer.Quantize(
                exported, QuantizingOptions.Images(calibrate), output.FullName, QuantizingOptions.Usual, display, cancellationToken);
            foreach (string warning in report.Warnings) Terminal.Warn(warning);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
