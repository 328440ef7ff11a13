namespace ResNetMLNet.MLNetPipelines;

/// <summary>
/// Divides images that have any number of labels so that each part has its share of every label: iterative stratification (Sechidis et al.
/// 2011, On the Stratification of Multi-label Data, algorithm 1), the rarest label first.
/// </summary>
public static class LabelStratification
{
    /// <summary>Divides images.</summary>
    /// <param name="labels">The labels of each image, without repetitions.</param>
    /// <param name="shares">The part of the images that each part of the data gets; together 1.</param>
    /// <param name="seed">The same seed divides the same images in the same way.</param>
    /// <returns>The part of each image, from 0.</returns>
    public static int[] Of(IReadOnlyList<IReadOnlyCollection<string>> labels, IReadOnlyList<double> shares, int seed)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(shares);
        int[] order = [.. Enumerable.Range(0, labels.Count)];
        new Random(seed).Shuffle(order);
        var members = new SortedDictionary<string, int[]>(order.SelectMany(i => labels[i].Select(label => (Label: label, Image: i)))
            .GroupBy(pair => pair.Label, pair => pair.Image, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToArray()), StringComparer.Ordinal);
        Dictionary<string, int> left = members.ToDictionary(entry => entry.Key, entry => entry.Value.Length, StringComparer.Ordinal);
        Dictionary<string, double[]> wanted = members.ToDictionary(
            entry => entry.Key, entry => shares.Select(share => share * entry.Value.Length).ToArray(), StringComparer.Ordinal);
        double[] room = [.. shares.Select(share => share * labels.Count)];
        int[] result = new int[labels.Count];
        Array.Fill(result, -1);
        while (members.Keys.Where(label => left[label] > 0).MinBy(label => left[label]) is string rarest)
        {
            double[] share = wanted[rarest];
            foreach (int i in members[rarest].Where(i => result[i] < 0))
                Put(i, Enumerable.Range(0, room.Length).MaxBy(part => (share[part], room[part], -part)));
        }

        foreach (int i in order.Where(i => result[i] < 0)) Put(i, Enumerable.Range(0, room.Length).MaxBy(part => (room[part], -part)));
        return result;

        void Put(int image, int part)
        {
            result[image] = part;
            room[part]--;
            foreach (string label in labels[image])
            {
                wanted[label][part]--;
                left[label]--;
            }
        }
    }
}
