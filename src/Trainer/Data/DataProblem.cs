using System.Text.Json.Serialization;

namespace ResNetMLNet.Trainer;

/// <summary>Something in a data set or in a result that its figures do not show.</summary>
/// <param name="Kind">Which sort of problem: one of the constants here.</param>
/// <param name="Message">What is wrong and what it does, as whole sentences.</param>
/// <param name="Remedy">What to do, as whole sentences.</param>
/// <param name="Paths">The files it is about; none where it is about classes.</param>
public sealed record DataProblem(string Kind, string Message, string Remedy, IReadOnlyList<string> Paths)
{
    /// <summary>The setting that the remedy is about; null where it is about none.</summary>
    [JsonIgnore]
    public Setting? Setting { get; init; }

    /// <summary>What was measured; null where nothing was.</summary>
    internal double? Value { get; init; }

    /// <summary>Files that are not images, or damaged.</summary>
    public const string Unreadable = "unreadable files";

    /// <summary>Images that decoding left little of.</summary>
    public const string Odd = "images without content";

    /// <summary>Files with the same bytes.</summary>
    public const string ExactDuplicates = "exact duplicates";

    /// <summary>The same image in the folders of two classes.</summary>
    public const string TwoClasses = "the same image in two classes";

    /// <summary>The same image with two values to learn.</summary>
    public const string TwoValues = "the same image with two values";

    /// <summary>The same image with different sets of labels.</summary>
    public const string TwoLabelSets = "the same image with different labels";

    /// <summary>An image to validate on that is nearly the same as one to train on.</summary>
    public const string NearDuplicates = "near duplicates across the split";

    /// <summary>Images of one part of the data that are nearly the same.</summary>
    public const string Similar = "near duplicates";

    /// <summary>An image that looks like those of another class.</summary>
    public const string DoubtfulLabel = "doubtful labels";

    /// <summary>Images without a bright pixel.</summary>
    public const string Dark = "dark images";

    /// <summary>Images that are nearly white.</summary>
    public const string Bright = "bright images";

    /// <summary>Images without sharp details.</summary>
    public const string Blurred = "blurred images";

    /// <summary>Images of far fewer pixels than the network takes.</summary>
    public const string Tiny = "tiny images";

    /// <summary>Images that are far longer than they are wide, or the other way round.</summary>
    public const string OddShape = "odd aspect ratios";

    /// <summary>Images unlike all others.</summary>
    public const string Outlier = "outliers";

    /// <summary>Classes of very different sizes.</summary>
    public const string Unbalanced = "unbalanced classes";

    /// <summary>Classes of very few images.</summary>
    public const string SmallClasses = "small classes";

    /// <summary>Classes with a folder that the model does not know.</summary>
    public const string MissingClasses = "missing classes";

    /// <summary>Classes of the model that it was not measured on.</summary>
    public const string Unmeasured = "classes not measured";

    /// <summary>Classes no image of which is given its class.</summary>
    public const string NeverRecognized = "classes never recognized";

    /// <summary>An accuracy, or an error, that one answer for all images has too.</summary>
    public const string Guessing = "no better than one answer";
}
