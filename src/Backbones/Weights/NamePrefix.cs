using System.Runtime.InteropServices;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>
/// What stands before a network's names in a file: <c>module.</c>, <c>backbone.</c>, <c>module.encoder_q.</c>, or nothing.
/// </summary>
/// <param name="Text">The prefix, with its dot at the end.</param>
/// <param name="Fits">How many names behind it are the network's, with a shape that fits.</param>
/// <param name="Named">How many names behind it are the network's.</param>
internal sealed record NamePrefix(string Text, int Fits, int Named)
{
    // layer4.2.downsample.1.running_mean has five parts, the names of attention some more.
    private const int NameParts = 9;

    // More are not the prefixes of networks.
    private const int PrefixLimit = 10_000;

    /// <summary>Another prefix behind which just as many names are the network's; null where there is none.</summary>
    public string? Rival { get; init; }

    /// <summary>The prefix behind which most names are as networks of the family have them, whatever the network.</summary>
    public static NamePrefix OfFamily(IEnumerable<string> names) =>
        Find(names.Select(name => new KeyValuePair<string, bool>(name, true)), (name, _) => IsOfFamily(name) ? Match.Named : Match.None);

    /// <summary>The prefix behind which most names are a network's.</summary>
    /// <param name="entries">The file's names.</param>
    /// <param name="rate">What a part of a name, from one of its dots to its end, is to the network.</param>
    public static NamePrefix Find<T>(IEnumerable<KeyValuePair<string, T>> entries, Rater<T> rate)
    {
        var votes = new Dictionary<string, (int Fits, int Named)>();
        Dictionary<string, (int Fits, int Named)>.AlternateLookup<ReadOnlySpan<char>> byPrefix =
            votes.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach ((string name, T value) in entries)
        {
            if (name.Length > TensorCollection.NameLimit) continue;
            // The parts at the end, longer and longer.
            int start = name.Length;
            for (int parts = 0; parts < NameParts && start >= 0; parts++)
            {
                start = start == 0 ? -1 : name.LastIndexOf('.', start - 1);
                Match match = rate(name.AsSpan(start + 1), value);
                if (match == Match.None) continue;
                ReadOnlySpan<char> prefix = name.AsSpan(0, start + 1);
                if (votes.Count == PrefixLimit && !byPrefix.ContainsKey(prefix)) continue;
                ref (int Fits, int Named) vote = ref CollectionsMarshal.GetValueRefOrAddDefault(byPrefix, prefix, out _);
                vote = (vote.Fits + (match == Match.Fits ? 1 : 0), vote.Named + 1);
            }
        }
        NamePrefix[] best =
        [
            .. votes.Select(vote => new NamePrefix(vote.Key, vote.Value.Fits, vote.Value.Named)).OrderByDescending(prefix => prefix.Fits)
                .ThenByDescending(prefix => prefix.Named).ThenBy(prefix => NamePreference.Of(prefix.Text)).Take(2),
        ];
        return best switch
        {
            [] => new NamePrefix("", 0, 0),
            [NamePrefix first, NamePrefix second] when (first.Fits, first.Named, NamePreference.Of(first.Text)) == (second.Fits,
                second.Named, NamePreference.Of(second.Text)) =>
                first with { Rival = second.Text },
            [NamePrefix first, ..] => first,
        };
    }

    private static bool IsOfFamily(ReadOnlySpan<char> name) =>
        name.StartsWith("conv1.") || name.StartsWith("bn1.") || name.StartsWith("fc.")
        || (name.StartsWith("layer") && name.Length > 8 && name[5] is >= '1' and <= '4' && name[6] == '.' && char.IsAsciiDigit(name[7]));
}

/// <summary>What a name is to a network.</summary>
internal delegate Match Rater<in T>(ReadOnlySpan<char> name, T value);

/// <summary>What a name is to a network.</summary>
internal enum Match
{
    /// <summary>The network lacks the name.</summary>
    None,

    /// <summary>The network has the name, with another shape.</summary>
    Named,

    /// <summary>The network has the name, with that shape.</summary>
    Fits,
}

/// <summary>Which of two places that fit equally is meant.</summary>
internal static class NamePreference
{
    // Averages over training come first, since they are the ones whose accuracy is published (timm's order); then the network
    // that methods with two of them are about (DINO's teacher, MoCo's encoder_q, BYOL's online network).
    private static readonly string[] Known =
    [
        "state_dict_ema", "ema_state_dict", "model_ema", "ema_model", "ema", "teacher", "encoder_q", "online_network", "online_encoder",
        "online",
        "state_dict", "model_state_dict", "model_state", "model", "net", "network", "student",
    ];

    /// <summary>A smaller number is preferred.</summary>
    /// <param name="place">Keys or names, joined by dots.</param>
    public static int Of(string place)
    {
        int best = Known.Length;
        foreach (string part in place.Split('.').Take(16))
        {
            int index = Array.IndexOf(Known, part);
            if (index >= 0 && index < best) best = index;
        }
        return best;
    }
}
