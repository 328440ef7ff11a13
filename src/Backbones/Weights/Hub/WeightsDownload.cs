using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace ResNetMLNet.Backbones.Weights;

/// <summary>One download of one file into the cache. The caller holds the file's lock.</summary>
internal sealed class WeightsDownload(
    HttpClient client, WeightsHubOptions options, PretrainedWeights weights, CachedWeights cached, IProgress<DownloadProgress>? progress)
{
    private const int RedirectLimit = 10;
    private const int BufferSize = 1 << 17;

    // Without a network every host is as far away for the next file as for this one, and each try may take a minute to fail.
    private static readonly TimeSpan UnreachableFor = TimeSpan.FromMinutes(10);
    private static readonly ConcurrentDictionary<string, (long Since, string Problem)> Unreachable = [];
    private bool reached;

    /// <summary>Fetches, checks and names the file; goes on where an earlier try stopped.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string endpoint = options.Endpoint.Authority;
        if (Unreachable.TryGetValue(endpoint, out (long Since, string Problem) known))
        {
            if (Stopwatch.GetElapsedTime(known.Since) < UnreachableFor) throw Unreached(known.Problem);
            Unreachable.TryRemove(endpoint, out _);
        }
        for (int failures = 0; ; failures++)
        {
            try
            {
                await FetchAsync(cancellationToken);
                await FinishAsync(cancellationToken);
                return;
            }
            catch (TransientHubException e) when (!reached && e.InnerException is HttpRequestException or OperationCanceledException)
            {
                string problem = ((e.InnerException as HttpRequestException)?.Message ?? "it does not answer").TrimEnd('.');
                Unreachable[endpoint] = (Stopwatch.GetTimestamp(), problem);
                throw Unreached(problem, e);
            }
            catch (TransientHubException e) when (failures < options.Retries)
            {
                TimeSpan wait = e.RetryAfter ?? options.RetryDelay * (1 << failures);
                if (wait > options.LongestWait) throw new IOException($"{e.Problem}, and asks to wait for {wait.TotalMinutes:F0} minutes. Try again then.", e);
                await Task.Delay(wait, cancellationToken);
            }
            catch (TransientHubException e)
            {
                throw new IOException($"{e.Problem}, {failures + 1} times. Try again: the download goes on where it stopped.", e);
            }
        }
    }

    private IOException Unreached(string problem, Exception? inner = null) => new(
        $"{options.Endpoint.Host} cannot be reached for '{weights.Name}' ({problem}). Try again with a network, or copy the cache of a machine that has them.", inner);

    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            stall.CancelAfter(options.StallTimeout);
            (HttpResponseMessage response, FileIdentity identity) = await RequestAsync(stall.Token);
            using (response) await ReceiveAsync(response, identity, stall);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientHubException($"{options.Endpoint.Host} sent nothing of '{weights.Name}' for {options.StallTimeout.TotalSeconds:0.#} s", inner: e);
        }
        catch (HttpRequestException e)
        {
            throw new TransientHubException($"{options.Endpoint.Host} cannot be reached for '{weights.Name}' ({e.Message.TrimEnd('.')})", inner: e);
        }
    }

    /// <summary>Asks for the file, or the rest of it, and follows redirects by hand: the token is the hub's alone.</summary>
    private async Task<(HttpResponseMessage Response, FileIdentity Identity)> RequestAsync(CancellationToken cancellationToken)
    {
        FileIdentity? partial = cached.ReadIdentity();
        long start = partial is { Sha256: not null } or { ETag: not null } && File.Exists(cached.PartialPath) ? new FileInfo(cached.PartialPath).Length : 0;
        var identity = new FileIdentity();
        var place = new Uri($"{options.Endpoint.ToString().TrimEnd('/')}/{weights.Repository}/resolve/{options.Revision}/model.safetensors");
        for (int redirects = 0; redirects <= RedirectLimit; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, place);
            if (options.Token is not null && SameHost(place, options.Endpoint))
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Token);
            if (start > 0)
            {
                request.Headers.Range = new RangeHeaderValue(start, null);
                if (partial!.ETag is not null) request.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue(partial.ETag));
            }
            HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            reached = true;
            identity = HubResponses.Describe(identity, response);
            if (HubResponses.Redirection(response, place) is not Uri next) return (response, identity);
            response.Dispose();
            place = next;
            // The hub has another version by now.
            if (identity.Sha256 is not null && identity.Sha256 != partial?.Sha256) start = 0;
        }
        throw new IOException($"{options.Endpoint.Host} redirects '{weights.Name}' more than {RedirectLimit} times.");
    }

    private async Task ReceiveAsync(HttpResponseMessage response, FileIdentity identity, CancellationTokenSource stall)
    {
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            cached.DropPartial();
            throw new TransientHubException($"{options.Endpoint.Host} cannot go on with '{weights.Name}' where the last download stopped");
        }
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.PartialContent)) throw HubResponses.Refusal(response, weights, options);

        await using var file = new FileStream(cached.PartialPath, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        long start = response.Content.Headers.ContentRange?.From ?? 0;
        // Not what was asked for: whatever these bytes are, they do not belong behind the others.
        if (start > file.Length) throw new IOException($"{options.Endpoint.Host} sends '{weights.Name}' from byte {start}, and was asked for byte {file.Length}.");
        file.SetLength(start);
        file.Position = start;
        cached.WriteIdentity(identity);

        await using Stream body = await response.Content.ReadAsStreamAsync(stall.Token);
        byte[] buffer = new byte[BufferSize];
        while (true)
        {
            progress?.Report(new DownloadProgress(file.Position, identity.Size));
            stall.CancelAfter(options.StallTimeout);
            int count = await ReadAsync(body, buffer, stall.Token);
            if (count == 0) break;
            await file.WriteAsync(buffer.AsMemory(0, count), stall.Token);
            if (file.Position > identity.Size) break;
        }
        file.Flush(flushToDisk: true);
    }

    /// <summary>A failure to read is the network's; one to write is the disk's, and does not pass.</summary>
    private async Task<int> ReadAsync(Stream body, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException e)
        {
            throw new TransientHubException($"The connection to {options.Endpoint.Host} was cut while '{weights.Name}' came ({e.Message.TrimEnd('.')})", inner: e);
        }
    }

    /// <summary>Names the file if it is what the server announced; otherwise nothing is left of it, or what is missing can follow.</summary>
    private async Task FinishAsync(CancellationToken cancellationToken)
    {
        FileIdentity identity = cached.ReadIdentity()!;
        long size = new FileInfo(cached.PartialPath).Length;
        if (size < identity.Size)
            throw new TransientHubException($"The connection to {options.Endpoint.Host} was cut at {size} of {identity.Size} bytes of '{weights.Name}'");
        string sha256 = await Sha256Async(cached.PartialPath, cancellationToken);
        if ((identity.Size ?? size) != size || (identity.Sha256 ?? sha256) != sha256)
        {
            cached.DropPartial();
            throw new InvalidDataException(
                $"What {options.Endpoint.Host} sent as '{weights.Name}' is damaged and was deleted: it has {size} bytes and SHA-256 {sha256}, " +
                $"in place of {identity.Size?.ToString() ?? "any number of"} bytes and SHA-256 {identity.Sha256 ?? "unknown"}. Try again.");
        }
        cached.WriteIdentity(identity with { Size = size, Sha256 = sha256 });
        File.Move(cached.PartialPath, cached.Path, overwrite: true);
    }

    internal static async Task<string> Sha256Async(string path, CancellationToken cancellationToken)
    {
        await using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }

    private static bool SameHost(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0;
}
