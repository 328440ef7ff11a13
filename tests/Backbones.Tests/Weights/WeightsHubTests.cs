using System.Net;
using System.Net.Sockets;
using ResNetMLNet.Backbones.Weights;

namespace Backbones.Tests.Weights;

/// <summary>The real client against a real server that behaves, and misbehaves, like the Hugging Face hub.</summary>
[TestClass]
public sealed class WeightsHubTests
{
    private static readonly PretrainedWeights Weights = PretrainedWeights.Find("resnet18.a1_in1k");

    private readonly TemporaryFolder folder = new();
    private FakeHub server = null!;

    public TestContext TestContext { get; set; } = null!;

    private string Cached => Path.Combine(folder.Path, "hub", "timm--resnet18.a1_in1k", "main", "model.safetensors");

    private WeightsHubOptions Options => new()
    {
        Endpoint = server.Endpoint,
        Token = "secret",
        Offline = false,
        CacheFolder = folder.Path,
        RetryDelay = TimeSpan.FromMilliseconds(1),
        StallTimeout = TimeSpan.FromSeconds(10),
    };

    [TestInitialize]
    public async Task Start()
    {
        server = await FakeHub.StartAsync(Safetensors(1_000_000));
    }

    [TestCleanup]
    public async Task Stop()
    {
        await server.DisposeAsync();
        folder.Dispose();
    }

    [TestMethod]
    public async Task A_download_is_whole_and_the_token_stays_with_the_hub()
    {
        var heard = new Heard();
        string path = await DownloadAsync(progress: heard);
        Assert.AreEqual(Cached, path);
        CollectionAssert.AreEqual(server.Content, await ReadAsync(path));
        CollectionAssert.AreEqual(
            new FakeHub.Request[] { new("hub", "", "", "Bearer secret"), new("cdn", "", "", "") },
            server.Requests.ToArray());
        Assert.AreEqual(new DownloadProgress(0, 1_000_000), heard.Reports[0]);
        Assert.AreEqual(new DownloadProgress(1_000_000, 1_000_000), heard.Reports[^1]);
        CollectionAssert.AreEquivalent(
            new[] { "model.safetensors", "model.safetensors.json", "model.safetensors.lock" },
            Directory.GetFiles(Path.GetDirectoryName(path)!).Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    public async Task What_is_in_the_cache_needs_no_network()
    {
        await DownloadAsync();
        int requests = server.Requests.Count;
        Assert.AreEqual(Cached, await DownloadAsync(Options with { Offline = true }));
        Assert.AreEqual(Cached, await DownloadAsync());
        Assert.HasCount(requests, server.Requests);
    }

    [TestMethod]
    public async Task Offline_says_how_to_get_the_file()
    {
        var error = await Assert.ThrowsExactlyAsync<IOException>(() => DownloadAsync(Options with { Offline = true }));
        Assert.AreEqual(
            $"'resnet18.a1_in1k' is not in the cache '{folder.Path}', and HF_HUB_OFFLINE forbids a download. " +
            "Unset it, or download the weights on a machine with a network and copy its cache folder here.",
            error.Message);
        Assert.IsEmpty(server.Requests);
    }

    [TestMethod]
    public async Task A_cut_connection_goes_on_where_it_stopped()
    {
        server.Cuts.Enqueue(300_000);
        server.Cuts.Enqueue(200_000);
        CollectionAssert.AreEqual(server.Content, await ReadAsync(await DownloadAsync()));
        FakeHub.Request[] ranges = [.. server.Requests.Where(request => request.Host == "cdn")];
        CollectionAssert.AreEqual(new[] { "", "bytes=300000-", "bytes=500000-" }, ranges.Select(request => request.Range).ToArray());
        CollectionAssert.AreEqual(new[] { "", FakeHub.CdnETag, FakeHub.CdnETag }, ranges.Select(request => request.IfRange).ToArray());
    }

    [TestMethod]
    public async Task A_download_that_was_given_up_goes_on_in_the_next_process()
    {
        server.Cuts.Enqueue(400_000);
        var error = await Assert.ThrowsExactlyAsync<IOException>(() => DownloadAsync(Options with { Retries = 0 }));
        StringAssert.StartsWith(error.Message, "The connection to 127.0.0.1 was cut while 'resnet18.a1_in1k' came (");
        StringAssert.EndsWith(
            error.Message, $"). Try again. '{Cached}.partial' has the first 400000 bytes, and the next download goes on from there.");
        Assert.IsFalse(File.Exists(Cached));

        CollectionAssert.AreEqual(server.Content, await ReadAsync(await DownloadAsync()));
        Assert.AreEqual("bytes=400000-", server.Requests.Last().Range);
    }

    [TestMethod]
    public async Task A_file_that_changed_meanwhile_is_fetched_from_its_start()
    {
        string now = server.Sha256!;
        server.Sha256 = new string('0', 64);
        server.Cuts.Enqueue(400_000);
        await Assert.ThrowsExactlyAsync<IOException>(() => DownloadAsync(Options with { Retries = 0 }));

        server.Sha256 = now;
        CollectionAssert.AreEqual(server.Content, await ReadAsync(await DownloadAsync()));
        Assert.AreEqual("", server.Requests.Last().Range);
    }

    [TestMethod]
    public async Task A_wrong_hash_leaves_nothing()
    {
        string real = server.Sha256!;
        server.Sha256 = new string('0', 64);
        var error = await Assert.ThrowsExactlyAsync<InvalidDataException>(() => DownloadAsync());
        Assert.AreEqual(
            $"What 127.0.0.1 sent as 'resnet18.a1_in1k' is damaged and was deleted: it has 1000000 bytes and SHA-256 {real}, " +
            $"in place of 1000000 bytes and SHA-256 {server.Sha256}. Try again.",
            error.Message);
        Assert.IsFalse(File.Exists(Cached) || File.Exists($"{Cached}.partial"));
    }

    [TestMethod]
    public async Task A_mirror_without_redirects_is_checked_by_its_own_ETag()
    {
        server.HubAnswers.Enqueue(async context =>
        {
            context.Response.Headers.ETag = $"\"{new string('0', 64)}\"";
            await context.Response.Body.WriteAsync(server.Content);
        });
        var error = await Assert.ThrowsExactlyAsync<InvalidDataException>(() => DownloadAsync());
        StringAssert.Contains(error.Message, $"SHA-256 {new string('0', 64)}");

        server.HubAnswers.Enqueue(context => server.Send(context));
        CollectionAssert.AreEqual(server.Content, await ReadAsync(await DownloadAsync()));
    }

    [TestMethod]
    public async Task A_renamed_repository_is_followed_with_the_token()
    {
        server.HubAnswers.Enqueue(context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = "/timm/resnet18.a1_in1k/resolve/main/model.safetensors";
            return Task.CompletedTask;
        });
        await DownloadAsync();
        CollectionAssert.AreEqual(
            new[] { "Bearer secret", "Bearer secret", "" }, server.Requests.Select(request => request.Authorization).ToArray());
    }

    [TestMethod]
    public async Task Redirects_in_a_circle_end()
    {
        for (int i = 0; i < 20; i++)
        {
            server.HubAnswers.Enqueue(context =>
            {
                context.Response.Redirect(context.Request.Path);
                return Task.CompletedTask;
            });
        }
        var error = await Assert.ThrowsExactlyAsync<IOException>(() => DownloadAsync());
        Assert.AreEqual("127.0.0.1 redirects 'resnet18.a1_in1k' more than 10 times.", error.Message);
    }

    [TestMethod]
    [DataRow(401, null, "(401 Unauthorized): it wants to know who asks. Set HF_TOKEN to a token of your account.")]
    [DataRow(401, "secret", "(401 Unauthorized): it does not accept the token in HF_TOKEN. Set another, or none.")]
    [DataRow(
        403, "secret", "(403 Forbidden): your account may not read it. Look whether ENDPOINT/timm/resnet18.a1_in1k has terms to accept.")]
    [DataRow(404, null, "(404 Not Found): there is no model.safetensors of revision 'main' at ENDPOINT/timm/resnet18.a1_in1k.")]
    [DataRow(418, null, "(418 I'm a teapot).")]
    public async Task A_refusal_says_what_to_do(int status, string? token, string reason)
    {
        server.HubAnswers.Enqueue(FakeHub.Status(status));
        var error = await Assert.ThrowsExactlyAsync<IOException>(() => DownloadAsync(Options with { Token = token }));
        Assert.AreEqual(
            $"127.0.0.1 refuses 'resnet18.a1_in1k' {reason.Replace("ENDPOINT", server.Endpoint.ToString().TrimEnd('/'))}", error.Message);
        Assert.HasCount(1, server.Requests);
    }

    [TestMethod]
    [DataRow(429, "0")]
    [DataRow(500, null)]
    [DataRow(503, "0")]
    public async Task What_may_pass_is_tried_again(int status, string? retryAfter)
    {
        for (int i = 0; i < 4; i++) server.HubAnswers.Enqueue(FakeHub.Status(status, retryAfter));
        CollectionAssert.AreEqual(server.Content, await ReadAsync(await DownloadAsync()));
        Assert.HasCount(6, server.Requests);
    }

    [TestMethod]
    public async Task What_does_not_pass_is_given_up()
    {
        for (int i = 0; i < 5; i++) server.HubAnswers.Enqueue(FakeHub.Status(500));
        var error = await Assert.ThrowsExactlyAsync<IOException>(() => DownloadAsync());
        Assert.AreEqual("127.0.0.1 refuses 'resnet18.a1_in1k' (500 Internal Server Error), 5 times. Try again.", error.Message);
    }

    [TestMethod]
    public async Task A_server_that_asks_for_a_long_wait_is_not_waited_for()
    {
        server.HubAnswers.Enqueue(FakeHub.Status(429, "3600"));
        var error = await Assert.ThrowsExactlyAsync<IOException>(() => DownloadAsync());
        Assert.AreEqual("127.0.0.1 refuses 'resnet18.a1_in1k' (429 Too Many Requests): it was asked too often, and asks to wait for 60 " +
            "minutes. Try again then.", error.Message);
    }

    [TestMethod]
    public async Task A_Retry_After_is_waited_for()
    {
        server.HubAnswers.Enqueue(FakeHub.Status(429, "1"));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await DownloadAsync();
        Assert.IsGreaterThan(TimeSpan.FromMilliseconds(900), clock.Elapsed);
    }

    [TestMethod]
    public async Task A_server_that_sends_nothing_counts_as_cut()
    {
        server.SendDelay = TimeSpan.FromSeconds(2);
        var error = await Assert.ThrowsExactlyAsync<IOException>(
            () => DownloadAsync(Options with { Retries = 1, StallTimeout = TimeSpan.FromMilliseconds(200) }));
        StringAssert.StartsWith(error.Message, "127.0.0.1 sent nothing of 'resnet18.a1_in1k' for 0.2 s, 2 times.");
    }

    [TestMethod]
    public async Task A_server_that_is_not_there_is_named()
    {
        WeightsHubOptions options = Options with { Retries = 0 };
        await server.DisposeAsync();
        var error = await Assert.ThrowsExactlyAsync<IOException>(() => DownloadAsync(options));
        StringAssert.StartsWith(error.Message, "127.0.0.1 cannot be reached for 'resnet18.a1_in1k' (");
    }

    [TestMethod]
    public async Task A_host_that_cannot_be_reached_is_asked_once()
    {
        WeightsHubOptions options = Options with { RetryDelay = TimeSpan.FromMinutes(10) };
        await server.DisposeAsync();
        await Assert.ThrowsExactlyAsync<IOException>(() => DownloadAsync(options));

        using var there = new TcpListener(IPAddress.Loopback, options.Endpoint.Port);
        there.Start();
        var error = await Assert.ThrowsExactlyAsync<IOException>(() => DownloadAsync(options));
        StringAssert.StartsWith(error.Message, "127.0.0.1 cannot be reached for 'resnet18.a1_in1k' (");
        Assert.IsFalse(there.Pending(), "the second download asked again");
    }

    [TestMethod]
    public async Task A_stopped_download_keeps_what_came()
    {
        server.Cuts.Enqueue(300_000);
        using var stop = new CancellationTokenSource();
        var stopper = new Heard { On = report => { if (report.Received == 300_000) stop.Cancel(); } };
        await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            using var hub = new WeightsHub(Options);
            await hub.DownloadAsync(Weights, stopper, stop.Token);
        });
        Assert.AreEqual(300_000, new FileInfo($"{Cached}.partial").Length);
        await DownloadAsync();
        Assert.AreEqual("bytes=300000-", server.Requests.Last().Range);
    }

    [TestMethod]
    public async Task Many_at_once_download_once()
    {
        server.SendDelay = TimeSpan.FromMilliseconds(300);
        string[] paths = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => DownloadAsync())));
        Assert.AreEqual(Cached, paths.Distinct().Single());
        CollectionAssert.AreEqual(server.Content, await ReadAsync(Cached));
        Assert.HasCount(2, server.Requests);
    }

    [TestMethod]
    public async Task A_changed_file_is_found_and_cleared()
    {
        using var hub = new WeightsHub(Options);
        Assert.IsNull(hub.FindCached(Weights));
        await Assert.ThrowsExactlyAsync<FileNotFoundException>(() => hub.VerifyAsync(Weights, TestContext.CancellationToken));
        await DownloadAsync();
        Assert.AreEqual(Cached, hub.FindCached(Weights));
        await hub.VerifyAsync(Weights, TestContext.CancellationToken);

        byte[] changed = [.. server.Content];
        changed[500_000] ^= 1;
        await File.WriteAllBytesAsync(Cached, changed, TestContext.CancellationToken);
        var error = await Assert.ThrowsExactlyAsync<InvalidDataException>(() => hub.VerifyAsync(Weights, TestContext.CancellationToken));
        StringAssert.StartsWith(error.Message, $"'{Cached}' is damaged: its SHA-256 is ");
        StringAssert.EndsWith(error.Message, $" in place of {server.Sha256}. Delete it, and the next download fetches it again.");

        Assert.IsGreaterThan(1_000_000L, hub.Clear(Weights));
        Assert.IsNull(hub.FindCached(Weights));
        Assert.AreEqual(0L, hub.Clear(Weights));
        await DownloadAsync();
        Assert.IsGreaterThan(1_000_000L, hub.Clear());
        Assert.IsNull(hub.FindCached(Weights));
    }

    /// <summary>A proxy's sign-in page, another file, a cut one, from a server that names neither size nor hash: none is kept.</summary>
    [TestMethod]
    [DataRow("text/html", "<!DOCTYPE html>", "is not a safetensors file of these weights: it is a web page.")]
    [DataRow("text/plain", "<!DOCTYPE html><html>Sign in</html>",
        "is not a safetensors file of these weights and was deleted: it does not start with a header of safetensors.")]
    [DataRow(
        "text/plain", "", "is not a safetensors file of these weights and was deleted: it does not start with a header of safetensors.")]
    [DataRow("text/plain", "\u0002\0\0\0\0\0\0\0{}more",
        "is not a safetensors file of these weights and was deleted: it has 14 bytes in place of the 10 that its header announces.")]
    [DataRow(
        "text/plain", "\u00ff\0\0\0\0\0\0\0{}", "is not a safetensors file of these weights and was deleted: it announces a header of")]
    public async Task What_is_not_safetensors_is_not_kept(string type, string content, string problem)
    {
        server.HubAnswers.Enqueue(async context =>
        {
            context.Response.ContentType = type;
            await context.Response.Body.WriteAsync(System.Text.Encoding.Latin1.GetBytes(content));
        });
        var error = await Assert.ThrowsExactlyAsync<InvalidDataException>(() => DownloadAsync());
        StringAssert.Contains(error.Message, problem);
        StringAssert.EndsWith(error.Message, "A proxy or a sign-in page may have answered in its place.");
        Assert.IsFalse(File.Exists(Cached) || File.Exists($"{Cached}.partial"));
        CollectionAssert.AreEqual(server.Content, await ReadAsync(await DownloadAsync()));
    }

    [TestMethod]
    public async Task A_file_larger_than_the_network_is_refused_before_it_comes()
    {
        server.HubAnswers.Enqueue(context =>
        {
            context.Response.ContentLength = 50_000_000_000;
            return context.Response.Body.FlushAsync();
        });
        var error = await Assert.ThrowsExactlyAsync<InvalidDataException>(() => DownloadAsync());
        StringAssert.Contains(error.Message, "it has 50000000000 bytes, and the weights have 94");
    }

    /// <summary>A byte now and then keeps a connection alive, and would for years.</summary>
    [TestMethod]
    public async Task A_trickle_counts_as_cut()
    {
        server.HubAnswers.Enqueue(async context =>
        {
            for (int i = 0; i < 500; i++)
            {
                await context.Response.Body.WriteAsync(new byte[1], context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(20, context.RequestAborted);
            }
        });
        var error = await Assert.ThrowsExactlyAsync<IOException>(
            () => DownloadAsync(Options with { Retries = 0, StallTimeout = TimeSpan.FromMilliseconds(400) }));
        StringAssert.StartsWith(error.Message, "127.0.0.1 sent only ");
        StringAssert.Contains(error.Message, "model.safetensors.partial' has the first ");
    }

    [TestMethod]
    public async Task A_part_that_was_not_asked_for_is_not_taken()
    {
        server.HubAnswers.Enqueue(context =>
        {
            context.Request.Headers.Range = "bytes=500000-";
            return server.Send(context);
        });
        CollectionAssert.AreEqual(server.Content, await ReadAsync(await DownloadAsync()));
        Assert.HasCount(4, server.Requests, "hub and cdn, twice");
    }

    /// <summary>Waits of our own grow to the longest; only a server's wish beyond it ends the download.</summary>
    [TestMethod]
    public async Task Our_own_waits_are_not_taken_for_the_servers()
    {
        for (int i = 0; i < 4; i++) server.HubAnswers.Enqueue(FakeHub.Status(500));
        await DownloadAsync(Options with { RetryDelay = TimeSpan.FromMilliseconds(10), LongestWait = TimeSpan.FromMilliseconds(20) });
    }

    [TestMethod]
    [DataRow("refs/pr/1", "refs%2Fpr%2F1")]
    [DataRow("refs-pr-1", "refs-pr-1")]
    [DataRow("..", "%2E%2E")]
    [DataRow("a b?c#d", "a%20b%3Fc%23d")]
    public async Task A_revision_has_a_folder_of_its_own(string revision, string folderName)
    {
        string asked = "";
        server.HubAnswers.Enqueue(context =>
        {
            asked = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
            return server.Send(context);
        });
        string path = await DownloadAsync(Options with { Revision = revision });
        Assert.AreEqual(Path.Combine(folder.Path, "hub", "timm--resnet18.a1_in1k", folderName, "model.safetensors"), path);
        if (revision != "..") Assert.AreEqual($"/timm/resnet18.a1_in1k/resolve/{folderName}/model.safetensors", asked);
    }

    [TestMethod]
    public async Task A_token_with_a_line_break_is_trimmed_or_named()
    {
        await DownloadAsync(Options with { Token = " secret\r\n" });
        Assert.AreEqual("Bearer secret", server.Requests.First().Authorization);
        Assert.AreEqual(
            "The token of the hub (HF_TOKEN) has a space, a line break or another character that no token has. Set it again.",
            Assert.ThrowsExactly<ArgumentException>(() => new WeightsHub(Options with { Token = "sec\nret" })).Message);
    }

    [TestMethod]
    public async Task Waiting_for_another_process_is_reported()
    {
        var heard = new Heard();
        Directory.CreateDirectory(Path.GetDirectoryName(Cached)!);
        Task<string> download;
        await using (new FileStream($"{Cached}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            download = DownloadAsync(progress: heard);
            while (heard.Reports.Count == 0) await Task.Delay(5, TestContext.CancellationToken);
        }
        await download;
        Assert.AreEqual(1, heard.Reports.Count(report => report.IsWaiting));
        Assert.IsTrue(heard.Reports[0].IsWaiting);
    }

    private static byte[] Safetensors(int length)
    {
        byte[] content = new byte[length];
        new Random(1).NextBytes(content);
        byte[] header = System.Text.Encoding.UTF8.GetBytes($$$"""{"w":{"dtype":"U8","shape":[{{{length - 88}}}],"data_offsets":[0,{{{length - 88}}}]}}""".PadRight(80));
        BitConverter.GetBytes((long)header.Length).CopyTo(content, 0);
        header.CopyTo(content, 8);
        return content;
    }

    private async Task<string> DownloadAsync(WeightsHubOptions? options = null, IProgress<DownloadProgress>? progress = null)
    {
        using var hub = new WeightsHub(options ?? Options);
        return await hub.DownloadAsync(Weights, progress, TestContext.CancellationToken);
    }

    private Task<byte[]> ReadAsync(string path) => File.ReadAllBytesAsync(path, TestContext.CancellationToken);

    private sealed class Heard : IProgress<DownloadProgress>
    {
        public List<DownloadProgress> Reports { get; } = [];

        public Action<DownloadProgress>? On { get; init; }

        public void Report(DownloadProgress value)
        {
            Reports.Add(value);
            On?.Invoke(value);
        }
    }
}
