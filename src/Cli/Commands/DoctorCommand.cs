using System.CommandLine;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary><c>doctor</c>: what of the machine decides on whether and how fast this works.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        Option<bool> json = CommonOptions.Json();
        var command = new Command("doctor", "Checks versions, native libraries, processor, GPU, caches and folders, and says what to do where something is wrong.") { json };
        command.SetAction(arguments => Run(arguments.GetValue(json)));
        return command;
    }

    private static int Run(bool json)
    {
        IReadOnlyList<MachineFact> facts = MachineCheck.Run();
        if (json)
        {
            Terminal.Json(facts);
        }
        else
        {
            foreach (MachineFact fact in facts) Terminal.Print($"{fact.Name}: {fact.Value}");
        }

        MachineFact[] problems = [.. facts.Where(fact => fact.Problem is not null)];
        foreach (MachineFact fact in problems) Terminal.Error($"{fact.Name}: {fact.Problem}");
        if (!json) Terminal.Say(problems is [] ? "Nothing is wrong." : $"Wrong: {problems.Length} of {facts.Count}.");
        return problems is [] ? Runner.Success : Runner.Failure;
    }
}
