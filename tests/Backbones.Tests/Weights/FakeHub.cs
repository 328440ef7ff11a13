using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Backbones.Tests.Weights;

/// <summary>
/// A server that behaves like the Hugging Face hub: /OWNER/NAME/resolve/REVISION/model.safetensors redirects, with the file's size and
/// SHA-256 in headers, to another host that knows ranges and has an ETag of its own. A test can have it misbehave.
/// </summary>
internal sealed class FakeHub : IAsyncDisposable
{
    public const string CdnETag = "\"5d41402abc4b2a76b9719d911017c592\"";
    private readonly WebApplication hub, cdn;

    private FakeHub(byte[] content)
    {
        Content = content;
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        hub = Create(Resolve);
        cdn = Create(Send);
    }

    public byte[] Content { get; }

    /// <summary>What the hub says the content's SHA-256 is.</summary>
    public string? Sha256 { get; set; }

    /// <summary>What the hub answers, one request after another, in place of a redirect; null for the redirect.</summary>
    public ConcurrentQueue<Func<HttpContext, Task>?> HubAnswers { get; } = [];

    /// <summary>How many bytes each answer of the other host sends before it cuts the connection.</summary>
    public ConcurrentQueue<int> Cuts { get; } = [];

    /// <summary>Every request: host, range, and whether it had a token.</summary>
    public ConcurrentQueue<Request> Requests { get; } = [];

    public TimeSpan SendDelay { get; set; }

    public Uri Endpoint => new(hub.Urls.First());

    public static async Task<FakeHub> StartAsync(byte[] content)
    {
        var server = new FakeHub(content);
        await server.hub.StartAsync();
        await server.cdn.StartAsync();
        return server;
    }

    public static Func<HttpContext, Task> Status(int code, string? retryAfter = null) => context =>
    {
        context.Response.StatusCode = code;
        if (retryAfter is not null) context.Response.Headers.RetryAfter = retryAfter;
        return Task.CompletedTask;
    };

    public async ValueTask DisposeAsync()
    {
        await hub.DisposeAsync();
        await cdn.DisposeAsync();
    }

    private static WebApplication Create(RequestDelegate answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication application = builder.Build();
        application.Run(answer);
        return application;
    }

    private async Task Resolve(HttpContext context)
    {
        Note("hub", context);
        if (HubAnswers.TryDequeue(out Func<HttpContext, Task>? answer) && answer is not null)
        {
            await answer(context);
            return;
        }
        if (context.Request.Path != "/timm/resnet18.a1_in1k/resolve/main/model.safetensors")
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        context.Response.StatusCode = StatusCodes.Status302Found;
        context.Response.Headers.Location = $"{cdn.Urls.First()}/blob?signature=x";
        context.Response.Headers["X-Linked-Size"] = $"{Content.Length}";
        if (Sha256 is not null) context.Response.Headers["X-Linked-Etag"] = $"\"{Sha256}\"";
    }

    /// <summary>The content, or the rest of it if that is asked for and nothing has changed.</summary>
    public async Task Send(HttpContext context)
    {
        Note("cdn", context);
        int start = 0;
        string range = context.Request.Headers.Range.ToString();
        if (range.Length > 0 && context.Request.Headers.IfRange.ToString() is "" or CdnETag)
        {
            start = int.Parse(range["bytes=".Length..^1]);
            if (start >= Content.Length)
            {
                context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                return;
            }
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.Headers.ContentRange = $"bytes {start}-{Content.Length - 1}/{Content.Length}";
        }
        context.Response.Headers.ETag = CdnETag;
        context.Response.ContentLength = Content.Length - start;
        await Task.Delay(SendDelay);
        if (!Cuts.TryDequeue(out int count))
        {
            await context.Response.Body.WriteAsync(Content.AsMemory(start));
            return;
        }
        await context.Response.Body.WriteAsync(Content.AsMemory(start, count));
        await context.Response.Body.FlushAsync();
        // What was sent would go with an abrupt end.
        await Task.Delay(50);
        context.Abort();
    }

    private void Note(string host, HttpContext context)
    {
        IHeaderDictionary headers = context.Request.Headers;
        Requests.Enqueue(new Request(host, headers.Range.ToString(), headers.IfRange.ToString(), headers.Authorization.ToString()));
    }

    public sealed record Request(string Host, string Range, string IfRange, string Authorization);
}
