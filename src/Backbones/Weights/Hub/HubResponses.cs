using System.Net;
using System.Net.Http.Headers;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>What a hub's answers mean.</summary>
internal static class HubResponses
{
    private const int Sha256HexLength = 64;

    /// <summary>
    /// What an answer says about the file, added to what earlier ones said: the hub's own headers first, since the host that sends the
    /// bytes has an ETag of its own.
    /// </summary>
    public static FileIdentity Describe(FileIdentity known, HttpResponseMessage response) => known with
    {
        Size = known.Size ?? (long.TryParse(Header(response, "X-Linked-Size"), out long size) ? size : TotalSize(response)),
        Sha256 = known.Sha256 ?? Sha256(Header(response, "X-Linked-Etag")) ?? Sha256(Header(response, "ETag")),
        // Weak ones promise a meaning, not bytes.
        ETag = response.Headers.ETag is { IsWeak: false } etag ? etag.Tag : null,
    };

    /// <summary>Where a redirect leads; null where the answer is none.</summary>
    public static Uri? Redirection(HttpResponseMessage response, Uri from)
    {
        if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
            or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)) return null;
        if (response.Headers.Location is not Uri location) throw new IOException($"{from} redirects to nowhere.");
        var to = new Uri(from, location);
        if (to.Scheme != Uri.UriSchemeHttps && (to.Scheme != Uri.UriSchemeHttp || from.Scheme == Uri.UriSchemeHttps))
            throw new IOException($"{from} redirects to {to.GetLeftPart(UriPartial.Path)}, which is not https.");
        return to;
    }

    /// <summary>Why an answer brings no file.</summary>
    public static IOException Refusal(HttpResponseMessage response, PretrainedWeights weights, WeightsHubOptions options)
    {
        string what = $"{options.Endpoint.Host} refuses '{weights.Name}' ({(int)response.StatusCode} {response.ReasonPhrase})";
        string page = $"{options.Endpoint.ToString().TrimEnd('/')}/{weights.Repository}";
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized when options.Token is null =>
                new IOException($"{what}: it wants to know who asks. Set HF_TOKEN to a token of your account."),
            HttpStatusCode.Unauthorized => new IOException($"{what}: it does not accept the token in HF_TOKEN. Set another, or none."),
            HttpStatusCode.Forbidden => new IOException($"{what}: your account may not read it. Look whether {page} has terms to accept."),
            HttpStatusCode.NotFound =>
                new IOException($"{what}: there is no model.safetensors of revision '{options.Revision}' at {page}."),
            HttpStatusCode.TooManyRequests => new TransientHubException($"{what}: it was asked too often", RetryAfter(response)),
            HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => new TransientHubException(what, RetryAfter(response)),
            _ => new IOException($"{what}."),
        };
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: TimeSpan delta } => delta,
        { Date: DateTimeOffset date } => TimeSpan.FromTicks(Math.Max(0, (date - DateTimeOffset.UtcNow).Ticks)),
        _ => null,
    };

    private static long? TotalSize(HttpResponseMessage response) => response switch
    {
        { StatusCode: HttpStatusCode.OK, Content.Headers.ContentLength: long length } => length,
        { StatusCode: HttpStatusCode.PartialContent, Content.Headers.ContentRange: ContentRangeHeaderValue range } => range.Length,
        _ => null,
    };

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.First() : null;

    private static string? Sha256(string? etag)
    {
        string? tag = etag?.Trim('"').ToLowerInvariant();
        return tag?.Length == Sha256HexLength && tag.All(char.IsAsciiHexDigitLower) ? tag : null;
    }
}

/// <summary>A failure that may pass.</summary>
internal sealed class TransientHubException(string problem, TimeSpan? retryAfter = null, Exception? inner = null) : IOException(
    $"{problem}.", inner)
{
    /// <summary>Without a full stop.</summary>
    public string Problem => problem;

    /// <summary>How long the server asks to wait.</summary>
    public TimeSpan? RetryAfter => retryAfter;
}
