using System.CommandLine;

namespace ResNetMLNet.Cli;

/// <summary>The command line as a whole.</summary>
internal static class Verbs
{
    // A file may be named @photo.jpg: System.CommandLine's response files would read it as a list of arguments.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    public static RootCommand Create() => new("Trains the ResNet family on your images and ships it in ML.NET.")
    {
        CheckCommand.Create(),
        TrainCommand.Create(),
        PredictCommand.Create(),
        EvaluateCommand.Create(),
        ExplainCommand.Create(),
        CompareCommand.Create(),
        SweepCommand.Create(),
        ExportCommand.Create(),
        QuantizeCommand.Create(),
        BenchCommand.Create(),
        ModelsCommand.Create(),
        SummaryCommand.Create(),
        FeaturizeCommand.Create(),
        SimilarCommand.Create(),
        DuplicatesCommand.Create(),
        WeightsCommand.Create(),
        ConvertCommand.Create(),
        DoctorCommand.Create(),
    };

    public static ParseResult Parse(IReadOnlyList<string> arguments) => Create().Parse(arguments, Parsing);
}
