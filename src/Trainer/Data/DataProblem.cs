namespace ResNetMLNet.Trainer.Data;

/// <summary>Something in a data set that a look at it may mend.</summary>
/// <param name="Kind">Which sort of problem: one of the constants here.</param>
/// <param name="Message">What is wrong and what it does, as whole sentences.</param>
/// <param name="Paths">The files it is about; none where it is about classes.</param>
internal sealed record DataProblem(string Kind, string Message, IReadOnlyList<string> Paths)
{
    /// <summary>Files that are no images, or damaged.</summary>
    public const string Unreadable = "unreadable files";

    /// <summary>Images that decoding left little of.</summary>
    public const string Odd = "images without content";

    /// <summary>Files with the same bytes.</summary>
    public const string ExactDuplicates = "exact duplicates";

    /// <summary>An image to validate on that is nearly the same as one to train on.</summary>
    public const string NearDuplicates = "near duplicates across the split";

    /// <summary>An image that looks like those of another class.</summary>
    public const string DoubtfulLabel = "doubtful labels";

    /// <summary>Classes of very different sizes.</summary>
    public const string Unbalanced = "unbalanced classes";

    /// <summary>Classes of very few images.</summary>
    public const string SmallClasses = "small classes";
}
