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

    // What a server that is slow on purpose stays under.
    private const int BytesPerSecond = 1024;

    // Beside the numbers: a header has less than 250 bytes for each of the largest network's 2,200 tensors.
    private const long HeaderLimit = 1_000_000;

    // Of an architecture that the catalog lacks: the largest one's four times.
    private const long UnknownSizeLimit = 2_000_000_000;

    // Without a network every host is as far away for the next file as for this one, and each try may take a minute to fail.
    private static readonly TimeSpan UnreachableFor = TimeSpan.FromMinutes(10);
    private static readonly ConcurrentDictionary<string, (long Since, string Problem)> Unreachable = [];
    private readonly long sizeLimit = SizeLimit(weights);
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
                if (e.RetryAfter > options.LongestWait)
                    throw new IOException($"{e.Problem}, and asks to wait for {e.RetryAfter.Value.TotalMinutes:F0} minutes. Try again " +
                        $"then.{DescribePartial()}", e);
                TimeSpan backoff = options.RetryDelay * Math.Pow(2, failures);
                await Task.Delay(e.RetryAfter ?? (backoff < options.LongestWait ? backoff : options.LongestWait), cancellationToken);
            }
            catch (TransientHubException e)
            {
                throw new IOException($"{e.Problem}{(failures > 0 ? $", {failures + 1} times" : "")}. Try again.{DescribePartial()}", e);
            }
        }
    }

    /// <summary>What a user has of the file, and where.</summary>
    private string DescribePartial() => new FileInfo(cached.PartialPath) is { Exists: true, Length: > 0 } partial
        ? $" '{cached.PartialPath}' has the first {partial.Length} bytes, and the next download goes on from there."
        : "";

    private IOException Unreached(string problem, Exception? inner = null) => new(
        $"{options.Endpoint.Host} cannot be reached for '{weights.Name}' ({problem}). Try again with a network, or copy the cache of a " +
        $"machine that has them.", inner);

    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            stall.CancelAfter(options.StallTimeout);
            (HttpResponseMessage response, FileIdentity identity, long start) = await RequestAsync(stall.Token);
            using (response) await ReceiveAsync(response, identity, start, stall);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientHubException(
                $"{options.Endpoint.Host} sent nothing of '{weights.Name}' for {options.StallTimeout.TotalSeconds:0.#} s", inner: e);
        }
        catch (HttpRequestException e)
        {
            throw new TransientHubException(
                $"{options.Endpoint.Host} cannot be reached for '{weights.Name}' ({e.Message.TrimEnd('.')})", inner: e);
        }
    }

    /// <summary>Asks for the file, or the rest of it, and follows redirects by hand: the token is the hub's alone.</summary>
    private async Task<(HttpResponseMessage Response, FileIdentity Identity, long Start)> RequestAsync(CancellationToken cancellationToken)
    {
        FileIdentity? partial = cached.ReadIdentity();
        long start = partial is { Sha256: not null } or { ETag: not null } && File.Exists(cached.PartialPath)
            ? new FileInfo(cached.PartialPath).Length
            : 0;
        var identity = new FileIdentity();
        string endpoint = options.Endpoint.ToString().TrimEnd('/'), revision = Uri.EscapeDataString(options.Revision);
        var place = new Uri($"{endpoint}/{weights.Repository}/resolve/{revision}/model.safetensors");
        for (int redirects = 0; redirects <= RedirectLimit; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, place);
            if (options.Token is not null && SameHost(place, options.Endpoint))
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Token);
            if (start > 0)
            {
                request.Headers.Range = new RangeHeaderValue(start, null);
                if (partial!.ETag is not null)
                    request.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue(partial.ETag));
            }
            HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            reached = true;
            try
            {
                identity = HubResponses.Describe(identity, response);
                if (HubResponses.Redirection(response, place) is not Uri next) return (response, identity, start);
                place = next;
            }
            catch
            {
                response.Dispose();
                throw;
            }
            response.Dispose();
            // The hub has another version by now.
            if (identity.Sha256 is not null && identity.Sha256 != partial?.Sha256) start = 0;
        }
        throw new IOException($"{options.Endpoint.Host} redirects '{weights.Name}' more than {RedirectLimit} times.");
    }

    private async Task ReceiveAsync(HttpResponseMessage response, FileIdentity identity, long asked, CancellationTokenSource stall)
    {
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            cached.DropPartial();
            throw new TransientHubException($"{options.Endpoint.Host} cannot go on with '{weights.Name}' where the last download stopped");
        }
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.PartialContent))
            throw HubResponses.Refusal(response, weights, options);
        if (response.Content.Headers.ContentType?.MediaType is "text/html" or "application/xhtml+xml") throw NotWeights("it is a web page");
        if (identity.Size > sizeLimit) throw NotWeights($"it has {identity.Size} bytes, and the weights have {sizeLimit} at most");

        long start = response.StatusCode == HttpStatusCode.PartialContent ? asked : 0;
        if (response.StatusCode == HttpStatusCode.PartialContent && (asked == 0 || response.Content.Headers.ContentRange?.From != asked))
        {
            // Whatever these bytes are, they do not belong behind the others.
            cached.DropPartial();
            throw new TransientHubException($"{options.Endpoint.Host} sends a part of '{weights.Name}' that was not asked for");
        }

        await using var file = new FileStream(cached.PartialPath, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        file.SetLength(start);
        file.Position = start;
        cached.WriteIdentity(identity);

        await using Stream body = await response.Content.ReadAsStreamAsync(stall.Token);
        byte[] buffer = new byte[BufferSize];
        long windowStart = Stopwatch.GetTimestamp(), windowBytes = 0;
        while (true)
        {
            progress?.Report(new DownloadProgress(file.Position, identity.Size));
            stall.CancelAfter(options.StallTimeout);
            int count = await ReadAsync(body, buffer, stall.Token);
            if (count == 0) break;
            await file.WriteAsync(buffer.AsMemory(0, count), stall.Token);
            if (file.Position > identity.Size || file.Position > sizeLimit) break;
            windowBytes += count;
            TimeSpan elapsed = Stopwatch.GetElapsedTime(windowStart);
            if (elapsed < options.StallTimeout) continue;
            if (windowBytes < BytesPerSecond * elapsed.TotalSeconds)
                throw new TransientHubException(
                    $"{options.Endpoint.Host} sent only {windowBytes} bytes of '{weights.Name}' in {elapsed.TotalSeconds:0.#} s");
            (windowStart, windowBytes) = (Stopwatch.GetTimestamp(), 0);
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
            throw new TransientHubException(
                $"The connection to {options.Endpoint.Host} was cut while '{weights.Name}' came ({e.Message.TrimEnd('.')})", inner: e);
        }
    }

    /// <summary>
    /// Names the file if it is what the server announced; otherwise nothing is left of it, or what is missing can follow.
    /// </summary>
    private async Task FinishAsync(CancellationToken cancellationToken)
    {
        FileIdentity identity = cached.ReadIdentity()!;
        long size = new FileInfo(cached.PartialPath).Length;
        if (size < identity.Size)
            throw new TransientHubException(
                $"The connection to {options.Endpoint.Host} was cut at {size} of {identity.Size} bytes of '{weights.Name}'");
        CheckContent(size);
        string sha256 = await Sha256Async(cached.PartialPath, cancellationToken);
        if ((identity.Size ?? size) != size || (identity.Sha256 ?? sha256) != sha256)
        {
            cached.DropPartial();
            throw new InvalidDataException(
                $"What {options.Endpoint.Host} sent as '{weights.Name}' is damaged and was deleted: it has {size} bytes and SHA-256 " +
                $"{sha256}, " +
                $"in place of {identity.Size?.ToString() ?? "any number of"} bytes and SHA-256 {identity.Sha256 ?? "unknown"}. Try again.");
        }
        cached.WriteIdentity(identity with { Size = size, Sha256 = sha256 });
        File.Move(cached.PartialPath, cached.Path, overwrite: true);
    }

    /// <summary>A server that names neither size nor hash, or a proxy that answers in its place, may have sent anything.</summary>
    private void CheckContent(long size)
    {
        try
        {
            if (size > sizeLimit) throw new FormatException($"it has more than {sizeLimit} bytes, which the weights have at most");
            using FileStream file = File.OpenRead(cached.PartialPath);
            long announced = Safetensors.AnnouncedLength(file);
            if (announced != size) throw new FormatException($"it has {size} bytes in place of the {announced} that its header announces");
        }
        catch (Exception e) when (e is FormatException or EndOfStreamException)
        {
            cached.DropPartial();
            throw NotWeights(e is EndOfStreamException ? "it ends too early" : e.Message, " and was deleted");
        }
    }

    private InvalidDataException NotWeights(string problem, string consequence = "") => new(
        $"What {options.Endpoint.Host} sent as '{weights.Name}' is not a safetensors file of these weights{consequence}: {problem}. " +
        "A proxy or a sign-in page may have answered in its place.");

    internal static async Task<string> Sha256Async(string path, CancellationToken cancellationToken)
    {
        await using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }

    /// <summary>The most that a file of these weights has: each number of the network as float64.</summary>
    private static long SizeLimit(PretrainedWeights weights)
    {
        if (BackboneRegistry.All.FirstOrDefault(spec => spec.Name == weights.Architecture) is not BackboneSpec known)
            return UnknownSizeLimit;
        using var network = new Backbone(known with { Classes = weights.Classes }, TorchSharp.torch.META);
        return HeaderLimit + network.state_dict().Values.Sum(tensor => tensor.numel() * sizeof(double));
    }

    private static bool SameHost(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0;
}
