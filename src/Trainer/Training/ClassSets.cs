using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// The classes that there are folders of, that are learned and that are measured: a class that is lost on the way is an error, unless that
/// is allowed, and is said then.
/// </summary>
internal static class ClassSets
{
    /// <summary>Refuses class folders without images.</summary>
    /// <param name="classes">The folders' names.</param>
    /// <param name="images">The images in them, but for those that are left out.</param>
    /// <param name="folder">The folder above them.</param>
    /// <param name="allowed">Whether there may be some.</param>
    /// <exception cref="TrainingException">There is one.</exception>
    public static void RequireImages(IEnumerable<string> classes, IEnumerable<LabeledImage> images, string folder, bool allowed)
    {
        if (allowed) return;
        string[] empty = [.. classes.Except(images.Select(image => image.Label))];
        if (empty.Length > 0)
            throw new TrainingException($"{Named(empty)} no images in '{folder}'. Add images, remove the folder, or leave such classes out with {Setting.AllowMissingClasses}.");
    }

    /// <summary>Refuses classes none of whose images could be read.</summary>
    /// <param name="listed">The classes of the images before they were read.</param>
    /// <param name="readable">Those of the images that could be read.</param>
    /// <param name="skipped">The others.</param>
    /// <param name="allowed">Whether that is allowed.</param>
    /// <exception cref="TrainingException">There is one.</exception>
    public static void RequireReadable(
        IEnumerable<string> listed, IEnumerable<string> readable, IReadOnlyList<SkippedImage> skipped, bool allowed)
    {
        if (allowed) return;
        string[] lost = [.. listed.Except(readable).Order(StringComparer.Ordinal)];
        if (lost.Length > 0)
        {
            throw new TrainingException($"{Named(lost)} no image that can be read, such as '{skipped[0].Path}', which {skipped[0].Reason}. "
                + $"Mend the files, remove them, or leave such classes out with {Setting.AllowMissingClasses}.");
        }
    }

    /// <summary>The images whose class is learned. Others are an error, unless classes may be missing.</summary>
    /// <exception cref="InvalidDataException">An image is of another class.</exception>
    public static IReadOnlyList<T> Known<T>(IReadOnlyList<T> images, Func<T, string> label, IReadOnlyList<string> classes, bool allowed)
    {
        if (!allowed) ClassNames.RequireKnown(images.Select(label), [.. classes.Order(StringComparer.Ordinal)]);
        T[] known = [.. images.Where(image => classes.Contains(label(image)))];
        return known.Length > 0
            ? known
            : throw new InvalidDataException($"None of the images to validate on is of the classes '{string.Join("', '", classes)}'.");
    }

    /// <summary>What becomes of classes that are not everywhere.</summary>
    /// <param name="folders">The classes that there are folders of.</param>
    /// <param name="learned">The classes that the model knows.</param>
    /// <param name="measured">The classes of the images that it was measured on.</param>
    public static IEnumerable<DataProblem> Problems(
        IReadOnlyList<string> folders, IReadOnlyList<string> learned, IEnumerable<string> measured)
    {
        string[] lost = [.. folders.Except(learned)], unmeasured = [.. learned.Except(measured)];
        if (lost.Length > 0)
            yield return new DataProblem(DataProblem.MissingClasses,
                $"{Named(lost)} images or a folder, and the model does not know {(lost.Length == 1 ? "it" : "them")}.",
                "Add images that can be read and train again, or remove the class.", []);
        if (unmeasured.Length > 0)
            yield return new DataProblem(DataProblem.Unmeasured,
                $"{Named(unmeasured)} no image to measure on: how well such a class is recognized is unknown.", "Add images of it.", []);
    }

    private static string Named(string[] classes) =>
        classes.Length == 1 ? $"Class '{classes[0]}' has" : $"The classes '{string.Join("', '", classes)}' have";
}
