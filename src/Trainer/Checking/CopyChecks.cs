using System.Globalization;
using ResNetMLNet.MLNetPipelines;

namespace ResNetMLNet.Trainer;

/// <summary>
/// Images that there are twice. Of each set one stays and the others are found, so that leaving those out leaves one: an image to measure on
/// rather than one to train on, for figures on the same images can be compared. Where labels contradict each other, all are found.
/// </summary>
internal sealed class CopyChecks
{
    private readonly LabelWords? words;
    private readonly CheckedData data;

    private CopyChecks(CheckedData data)
    {
        words = data.Task is null ? null : LabelWords.Of(data.Task);
        this.data = data;
    }

    /// <summary>The images in the order that they stay in.</summary>
    public static CheckedImage[] InOrder(IEnumerable<CheckedImage> images) => [.. images.OrderByDescending(image => image.Part)];

    /// <summary>Files with the same bytes.</summary>
    /// <param name="data">What they are of.</param>
    /// <param name="images">In the order that they stay in.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What was found, and the images that stay.</returns>
    public static (IReadOnlyList<DataFinding> Findings, CheckedImage[] Others) Exact(
        CheckedData data, CheckedImage[] images, CancellationToken cancellationToken)
    {
        var checks = new CopyChecks(data);
        Dictionary<string, CheckedImage> byPath = images.ToDictionary(image => image.Path, StringComparer.Ordinal);
        var findings = new List<DataFinding>();
        var copies = new HashSet<CheckedImage>();
        foreach (CheckedImage[] same in FileCopies.Among([.. images.Select(image => image.Image)], cancellationToken)
            .Select(group => group.Select(image => byPath[image.ImagePath]).ToArray()))
        {
            foreach (CheckedImage image in same.Skip(1))
            {
                CheckedImage other = same.FirstOrDefault(other => checks.Differ(image, other)) ?? same[0];
                findings.AddRange(checks.Pair(image, other, DataProblem.ExactDuplicates, "The same bytes as", 1));
                copies.Add(image);
            }
        }

        return ([.. Once(findings)], [.. images.Where(image => !copies.Contains(image))]);
    }

    /// <summary>Images that are nearly the same; the most similar come first.</summary>
    /// <param name="data">What they are of.</param>
    /// <param name="images">In the order that they stay in.</param>
    /// <param name="neighbours">What they are like.</param>
    public static IEnumerable<DataFinding> Near(CheckedData data, CheckedImage[] images, Neighbours neighbours)
    {
        var checks = new CopyChecks(data);
        bool[] isCopy = new bool[images.Length];
        var findings = new List<DataFinding>();
        for (int i = 0; i < images.Length; i++)
        {
            CheckedImage image = images[i];
            (int Image, float Similarity)[] stay = [.. neighbours.EarlierCopies[i].Where(copy => !isCopy[copy.Image])];
            if (stay.Length == 0) continue;
            isCopy[i] = true;
            // The gravest is said: a contradiction, then figures that are too good.
            (int first, float similarity) = stay.OrderByDescending(copy => checks.Differ(image, images[copy.Image]))
                .ThenByDescending(copy => image.Part != images[copy.Image].Part).ThenByDescending(copy => copy.Similarity).First();
            CheckedImage other = images[first];
            findings.AddRange(checks.Pair(
                image, other, image.Part == other.Part ? DataProblem.Similar : DataProblem.NearDuplicates, "Nearly the same as", similarity));
        }

        return Once(findings).OrderByDescending(finding => finding.Value);
    }

    /// <summary>An image may contradict several others.</summary>
    private static IEnumerable<DataFinding> Once(IEnumerable<DataFinding> findings) =>
        findings.DistinctBy(finding => (finding.Kind, finding.Path));

    private bool Differ(CheckedImage image, CheckedImage other) => words is not null && image.Label != other.Label;

    private IEnumerable<DataFinding> Pair(CheckedImage image, CheckedImage other, string kind, string same, float similarity)
    {
        if (Differ(image, other))
        {
            return [Contradiction(image, other), Contradiction(other, image)];
        }

        string consequence = image.Part == other.Part ? "" : $", which is in '{data.Parts[other.Part].Name}': the figures on it are too good";
        string remedy = image.Part == other.Part ? "Keep one." : "Keep both in one part of the data, or one of them only.";
        return [Finding(kind, image, other, consequence, remedy)];

        DataFinding Contradiction(CheckedImage first, CheckedImage second) => Finding(
            words!.Kind, first, second, $", and they {words.Differ($"{words.Show(first.Label)}' and '{words.Show(second.Label)}")}", words.Remedy);

        DataFinding Finding(string found, CheckedImage first, CheckedImage second, string end, string todo)
        {
            string measure = kind == DataProblem.ExactDuplicates
                ? ""
                : string.Create(CultureInfo.InvariantCulture, $" (similarity {similarity:F3})");
            return new DataFinding(found, first.Path, $"{same} '{data.NameOf(second.Path)}'{measure}{end}.", todo)
            {
                Other = second.Path,
                Value = DataFinding.Rounded(similarity),
            };
        }
    }
}
