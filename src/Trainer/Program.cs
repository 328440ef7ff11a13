using System.CommandLine;
using ResNetMLNet.Trainer;
using ResNetMLNet.Trainer.Commands;

var root = new RootCommand("Trains the ResNet family on your images and ships it in ML.NET.")
{
    TrainCommand.Create(),
    PredictCommand.Create(),
    EvaluateCommand.Create(),
    ExplainCommand.Create(),
    CompareCommand.Create(),
    SweepCommand.Create(),
    ExportCommand.Create(),
    ModelsCommand.Create(),
    SummaryCommand.Create(),
    SimilarCommand.Create(),
    DuplicatesCommand.Create(),
    WeightsCommand.Create(),
    ConvertCommand.Create(),
};
return FirstThread.Serve(() => Runner.RunAsync(root.Parse(args)));
