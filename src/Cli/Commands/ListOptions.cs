using System.CommandLine;
using ResNetMLNet.MLNetPipelines;
using ResNetMLNet.Trainer;

namespace ResNetMLNet.Cli;

/// <summary>Where a list of images has what.</summary>
internal sealed class ListOptions
{
    private const string PathColumn = "--path-column", LabelColumn = "--label-column", SplitColumn = "--split-column", Root = "--root";

    private readonly Option<string?> path = new(PathColumn)
    {
        Description = "The column of a list that has the image files; by default, file_name, path, image_path, image or file.",
        HelpName = "NAME",
    };

    private readonly Option<string?> label = new(LabelColumn)
    {
        Description = "The column of a list that has the labels, or the numbers; by default, label, labels, class, category, tags or value.",
        HelpName = "NAME",
    };

    private readonly Option<string?> split = new(SplitColumn)
    {
        Description = "The column of a list that says train, val or test of each image; by default, split, subset or partition.",
        HelpName = "NAME",
    };

    private readonly Option<string?> root = new(Root)
    {
        Description = "The folder that the paths in a list are relative to, and must not lead out of; by default, the list's own.",
        HelpName = "FOLDER",
    };

    public void AddTo(Command command)
    {
        foreach (Option<string?> option in new[] { path, label, split, root }) command.Add(option);
    }

    /// <summary>What a command line says of lists.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="named">What it names to read images from.</param>
    /// <exception cref="UserException">A column is named where nothing is a list.</exception>
    public ImageListOptions Read(ParseResult arguments, params IEnumerable<string?> named)
    {
        if (arguments.FirstGiven([path, label, split, root]) is Option given && !named.OfType<string>().Any(ImageList.IsOne))
            throw new UserException($"{given.Name} is for lists of images, and '{named.OfType<string>().FirstOrDefault()}' is not a list. Leave it out.");
        return new ImageListOptions
        {
            PathColumn = arguments.GetValue(path),
            LabelColumn = arguments.GetValue(label),
            SplitColumn = arguments.GetValue(split),
            Root = arguments.GetValue(root),
        };
    }

    /// <summary>How a command line says the same.</summary>
    public static IEnumerable<string> Arguments(ImageListOptions? options) => options is null ? [] :
    [
        .. CommandText.Option(PathColumn, options.PathColumn), .. CommandText.Option(LabelColumn, options.LabelColumn),
        .. CommandText.Option(SplitColumn, options.SplitColumn), .. CommandText.Option(Root, options.Root),
    ];
}
