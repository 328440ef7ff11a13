using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>Where results go: never among the images, where they would be taken for a class the next time.</summary>
internal static class OutputPlace
{
    /// <summary>
    /// Where results go unless a folder is named: into the current folder, under the name of the data with what they are behind it; where
    /// the current folder lies in the data, beside the data.
    /// </summary>
    /// <param name="what">What the results are, such as "model".</param>
    /// <param name="folder">The images, which the results are named after.</param>
    /// <param name="validation">Other images.</param>
    /// <param name="currentFolder">The process's own by default.</param>
    /// <exception cref="TrainingException">The data are all that there is.</exception>
    public static string Default(string what, string folder, string? validation, string? currentFolder = null)
    {
        string name = $"{DataSetName.Of(folder)}-{what}", current = RealPath.Of(currentFolder ?? Directory.GetCurrentDirectory()),
        place = current;
        while (Within(place, folder, validation) is string data)
        {
            place = Path.GetDirectoryName(RealPath.Of(data))
                ?? throw new TrainingException($"'{data}' holds everything, so the results would lie among the images. Name another folder with {Setting.ResultFolder}.");
        }

        return place == current ? name : Path.Combine(Path.GetRelativePath(current, place), name);
    }

    /// <exception cref="TrainingException">The results would lie among the images.</exception>
    public static void RequireOutside(string output, string folder, string? validation)
    {
        if (Within(RealPath.Of(output), folder, validation) is string data)
            throw new TrainingException($"The results would lie in '{output}', among the images of '{data}', and be taken for a class the next time. Name a folder outside with {Setting.ResultFolder}.");
    }

    /// <exception cref="TrainingException">The place is a file.</exception>
    public static void RequireFolder(string output)
    {
        if (File.Exists(output))
            throw new TrainingException($"'{output}' is a file. Name a folder for the results with {Setting.ResultFolder}.");
    }

    /// <summary>What to say where writing fails.</summary>
    public static TrainingException Unwritable(string output, Exception e) =>
        new($"'{output}' cannot be written into: {e.Message.TrimEnd('.')}. Choose another folder with {Setting.ResultFolder}.");

    private static string? Within(string path, params string?[] folders) =>
        folders.FirstOrDefault(folder => folder is not null && RealPath.IsWithin(path, RealPath.Of(folder)));
}
