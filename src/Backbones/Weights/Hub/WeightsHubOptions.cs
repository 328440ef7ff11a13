namespace ResNetMLNet.Backbones.Weights;

/// <summary>Where weights come from and where they stay. The defaults are those of the environment's variables.</summary>
public sealed record WeightsHubOptions
{
    /// <summary>The hub: <c>HF_ENDPOINT</c>, otherwise https://huggingface.co.</summary>
    public Uri Endpoint { get; init; } = ParseEndpoint(Variable("HF_ENDPOINT") ?? "https://huggingface.co");

    /// <summary>
    /// What the hub lets private repositories be read by: <c>HF_TOKEN</c>, without spaces and line breaks around it, as files of secrets
    /// have them. It is sent to <see cref="Endpoint"/> and nowhere else.
    /// </summary>
    public string? Token { get; init => field = value?.Trim() is { Length: > 0 } token ? token : null; } = Variable("HF_TOKEN");

    /// <summary>Whether only what is in the cache may be used: <c>HF_HUB_OFFLINE</c> is 1, true, yes or on.</summary>
    public bool Offline { get; init; } = Variable("HF_HUB_OFFLINE")?.ToUpperInvariant() is "1" or "TRUE" or "YES" or "ON";

    /// <summary>The branch, tag or commit of the hub's repositories; <c>refs/pr/1</c> is one.</summary>
    public string Revision { get; init; } = "main";

    /// <summary>
    /// The folder that downloads stay in: <c>RESNETMLNET_CACHE</c>, otherwise <c>resnet-mlnet</c> in <c>XDG_CACHE_HOME</c>, otherwise in
    /// <c>~/.cache</c>, on Windows in <c>%LOCALAPPDATA%</c>.
    /// </summary>
    public string CacheFolder { get; init; } = UserCache.Folder();

    /// <summary>How often a download is tried again after a failure that can pass, each time from where it stopped.</summary>
    public int Retries { get; init; } = 4;

    /// <summary>The wait before the first retry; it doubles with each. A server's Retry-After goes before it.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait: a server that asks for more gets an error that says so.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a server may send nothing, or less than a kilobyte a second, before the connection counts as cut.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <exception cref="ArgumentException">A value can be no part of a request; the message says which.</exception>
    internal void Check()
    {
        if (Token?.Any(letter => letter is <= ' ' or > '~') == true)
            throw new ArgumentException(
                "The token of the hub (HF_TOKEN) has a space, a line break or another character that no token has. Set it again.");
        if (string.IsNullOrWhiteSpace(Revision))
            throw new ArgumentException("The revision of the hub's repositories is empty; 'main' is the usual one.");
    }

    /// <summary>Without the token.</summary>
    public override string ToString() => $"{Endpoint}, {CacheFolder}";

    private static Uri ParseEndpoint(string address) => Uri.TryCreate(address.TrimEnd('/'), UriKind.Absolute, out Uri? endpoint)
        && endpoint.Scheme is "http" or "https"
        ? endpoint
        : throw new FormatException($"HF_ENDPOINT is '{address}', which is not an http or https address.");

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
