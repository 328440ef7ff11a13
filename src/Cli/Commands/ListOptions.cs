using System.CommandLine;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>The columns of a list of images and numbers.</summary>
internal sealed class ListOptions
{
    private const string ImageColumn = "--image-column", ValueColumn = "--value-column";

    private readonly Option<string?> image = new(ImageColumn)
    {
        Description = $"The column of a list that has the paths, relative to the list's folder; by default, {RegressionDataSet.DefaultImageColumn}.",
        HelpName = "NAME",
    };

    private readonly Option<string?> value = new(ValueColumn)
    {
        Description = $"The column of a list that has the numbers, such as 1234.5; by default, {RegressionDataSet.DefaultValueColumn}.",
        HelpName = "NAME",
    };

    public void AddTo(Command command)
    {
        command.Add(image);
        command.Add(value);
    }

    /// <exception cref="UserException">A column is named where nothing is listed.</exception>
    public void RequireNone(ParseResult arguments)
    {
        if ((arguments.GetResult(image) ?? arguments.GetResult(value)) is { } given)
            throw new UserException($"{given.Option.Name} is for lists of images and numbers, and classes come from folders. Leave it out.");
    }

    /// <summary>The images that files list.</summary>
    public RegressionDataSet Read(ParseResult arguments, string list, string? validation = null) => RegressionDataSet.FromList(
        list, validation, arguments.GetValue(image) ?? RegressionDataSet.DefaultImageColumn, arguments.GetValue(value) ?? RegressionDataSet.DefaultValueColumn);

    /// <summary>How a command line names columns.</summary>
    public static IEnumerable<string> Columns(string imageColumn, string valueColumn) =>
    [
        .. imageColumn == RegressionDataSet.DefaultImageColumn ? [] : CommandText.Option(ImageColumn, imageColumn),
        .. valueColumn == RegressionDataSet.DefaultValueColumn ? [] : CommandText.Option(ValueColumn, valueColumn),
    ];
}
