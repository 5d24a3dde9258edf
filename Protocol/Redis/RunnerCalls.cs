using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Protocol.Events;
using StackExchange.Redis;

namespace Protocol.Redis;

/// <summary>Something that ChatApi wants to know or done where the workspaces are. Any runner answers: all share the volume.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(FindFiles), "find_files")]
[JsonDerivedType(typeof(ReadFile), "read_file")]
[JsonDerivedType(typeof(KeepAttachment), "keep_attachment")]
[JsonDerivedType(typeof(RewindFiles), "rewind_files")]
[JsonDerivedType(typeof(TestMcpServers), "test_mcp_servers")]
[JsonDerivedType(typeof(ListTranscripts), "list_transcripts")]
[JsonDerivedType(typeof(ImportTranscript), "import_transcript")]
public abstract record RunnerCall
{
    /// <summary>The project.</summary>
    public required string ProjectId { get; init; }
}

/// <summary>Files of the workspace whose path holds the letters of <c>Query</c> in order; the best ones first.</summary>
/// <param name="Query">What was typed; empty for the files at the top.</param>
/// <param name="Limit">At most so many.</param>
public sealed record FindFiles(string Query, int Limit) : RunnerCall;

/// <summary>The answer to <see cref="FindFiles"/>: paths within the workspace, with <c>/</c>; folders end with one.</summary>
public sealed record FoundFiles(IReadOnlyList<string> Paths);

/// <summary>A file of the workspace.</summary>
/// <param name="Path">Within the workspace.</param>
public sealed record ReadFile(string Path) : RunnerCall;

/// <summary>The answer to <see cref="ReadFile"/>.</summary>
public sealed record FileContent(byte[] Bytes);

/// <summary>Puts what a person sends along into the workspace.</summary>
/// <param name="Name">The file's name, as the person's machine calls it.</param>
/// <param name="MediaType">As the browser calls it.</param>
/// <param name="Bytes">The content.</param>
public sealed record KeepAttachment(string Name, string MediaType, byte[] Bytes) : RunnerCall;

/// <summary>Sets the workspace's files back to what they were before a message, by Claude Code's checkpoints.</summary>
/// <param name="SessionId">The session that the message is of; nothing runs in it.</param>
/// <param name="TurnId">The message's turn.</param>
/// <param name="DryRun">Whether to say only what would change.</param>
public sealed record RewindFiles(string SessionId, string TurnId, bool DryRun) : RunnerCall;

/// <summary>The answer to <see cref="RewindFiles"/>.</summary>
/// <param name="FilesChanged">Paths within the workspace, as far as they are in it.</param>
/// <param name="Insertions">Lines.</param>
/// <param name="Deletions">Lines.</param>
public sealed record RewoundFiles(IReadOnlyList<string> FilesChanged, int Insertions, int Deletions);

/// <summary>Starts MCP servers as a session would, and tells what became of them.</summary>
/// <param name="Servers">As in <see cref="ClaudeSettings.McpServers"/>.</param>
public sealed record TestMcpServers(IReadOnlyDictionary<string, JsonElement> Servers) : RunnerCall;

/// <summary>The answer to <see cref="TestMcpServers"/>.</summary>
public sealed record TestedMcpServers(IReadOnlyList<McpServerState> Servers);

/// <summary>An MCP server as Claude Code sees it.</summary>
/// <param name="Name">Its name in the settings.</param>
/// <param name="Status">The CLI's word: <c>connected</c>, <c>failed</c>, <c>pending</c>, <c>needs-auth</c> …</param>
/// <param name="Error">Why it failed.</param>
/// <param name="Tools">The names of its tools.</param>
public sealed record McpServerState(string Name, string Status, string? Error, IReadOnlyList<string> Tools);

/// <summary>Claude Code's own records of sessions in this workspace, also of those that began in a terminal.</summary>
public sealed record ListTranscripts : RunnerCall;

/// <summary>The answer to <see cref="ListTranscripts"/>.</summary>
/// <param name="Workspace">Where a terminal must be for its sessions to be found here.</param>
/// <param name="ConfigFolder">The <c>CLAUDE_CONFIG_DIR</c> that it must have.</param>
/// <param name="Transcripts">The newest first.</param>
public sealed record FoundTranscripts(string Workspace, string ConfigFolder, IReadOnlyList<TranscriptSummary> Transcripts);

/// <summary>One of them.</summary>
/// <param name="SessionId">The session's id, here as in Claude Code.</param>
/// <param name="Title">The beginning of its first message.</param>
/// <param name="UpdatedAt">UTC; its last line.</param>
/// <param name="Messages">What a person wrote in it.</param>
public sealed record TranscriptSummary(string SessionId, string Title, DateTime UpdatedAt, int Messages);

/// <summary>Puts a transcript's history into the project's events. Again does nothing.</summary>
/// <param name="SessionId">Of <see cref="TranscriptSummary"/>.</param>
public sealed record ImportTranscript(string SessionId) : RunnerCall;

/// <summary>The answer to <see cref="ImportTranscript"/>.</summary>
public sealed record ImportedTranscript(int Turns);

/// <summary>A call could not be answered.</summary>
/// <param name="code">Stable, for programs.</param>
/// <param name="message">For people: what was wrong and what to do.</param>
public sealed class RunnerCallException(string code, string message) : Exception(message)
{
    /// <summary>Nobody answered within the time.</summary>
    public const string Unanswered = "no_runner";

    /// <summary>There is no such file.</summary>
    public const string NotFound = "file_not_found";

    /// <inheritdoc cref="RunnerCallException(string, string)" path="/param[@name='code']"/>
    public string Code => code;
}

/// <summary>
/// Asks a runner, and waits for its answer: a list for the questions, a channel of the asker's own for the answers. A question that
/// nobody takes in time is taken back.
/// </summary>
public sealed class RunnerCalls(IConnectionMultiplexer connection)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private readonly string _channel = $"cc:replies:{Guid.NewGuid():N}";
    private readonly ConcurrentDictionary<string, TaskCompletionSource<CallReply>> _waiting = new();
    private readonly SemaphoreSlim _subscribing = new(1);
    private bool _isSubscribed;

    /// <summary>Asks. Throws <see cref="RunnerCallException"/> when the runner could not, or nobody answered.</summary>
    public async Task<T> AskAsync<T>(RunnerCall call, CancellationToken cancellationToken, TimeSpan? limit = null)
    {
        await SubscribeAsync(cancellationToken);
        var id = Guid.NewGuid().ToString("N");
        var answered = _waiting[id] = new TaskCompletionSource<CallReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        var redis = connection.GetDatabase();
        RedisValue question = JsonSerializer.SerializeToUtf8Bytes(new PendingCall(id, _channel, call), CallJson.Default.PendingCall);
        try
        {
            await redis.ListLeftPushAsync(RedisKeys.Calls, question);
            await redis.PublishAsync(RedisKeys.Doorbell, "");
            var reply = await answered.Task.WaitAsync(limit ?? s_limit, cancellationToken);
            if (reply.Code is { } code) throw new RunnerCallException(code, reply.Error ?? code);
            return reply.Result!.Value.Deserialize((JsonTypeInfo<T>)CallJson.Default.GetTypeInfo(typeof(T))!)!;
        }
        catch (TimeoutException)
        {
            await redis.ListRemoveAsync(RedisKeys.Calls, question);
            throw new RunnerCallException(RunnerCallException.Unanswered, "No runner answered in time. Is one running? Try again in a moment.");
        }
        finally
        {
            _waiting.TryRemove(id, out _);
        }
    }

    /// <summary>Takes the oldest question; null when there is none.</summary>
    public async Task<PendingCall?> TakeAsync()
    {
        var json = await connection.GetDatabase().ListRightPopAsync(RedisKeys.Calls);
        return json.IsNull ? null : JsonSerializer.Deserialize(((ReadOnlyMemory<byte>)json).Span, CallJson.Default.PendingCall);
    }

    /// <summary>Answers a question.</summary>
    public Task AnswerAsync<T>(PendingCall call, T result) =>
        ReplyAsync(call, new CallReply(call.Id, JsonSerializer.SerializeToElement(result, (JsonTypeInfo<T>)CallJson.Default.GetTypeInfo(typeof(T))!), null, null));

    /// <summary>Says why a question cannot be answered.</summary>
    public Task RefuseAsync(PendingCall call, string code, string message) => ReplyAsync(call, new CallReply(call.Id, null, code, message));

    private Task<long> ReplyAsync(PendingCall call, CallReply reply) =>
        connection.GetSubscriber().PublishAsync(RedisChannel.Literal(call.ReplyTo), JsonSerializer.SerializeToUtf8Bytes(reply, CallJson.Default.CallReply));

    private async Task SubscribeAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _isSubscribed)) return;
        await _subscribing.WaitAsync(cancellationToken);
        try
        {
            if (_isSubscribed) return;
            await connection.GetSubscriber().SubscribeAsync(RedisChannel.Literal(_channel), (_, json) =>
            {
                var reply = JsonSerializer.Deserialize(((ReadOnlyMemory<byte>)json).Span, CallJson.Default.CallReply)!;
                if (_waiting.TryGetValue(reply.Id, out var waiting)) waiting.TrySetResult(reply);
            });
            Volatile.Write(ref _isSubscribed, true);
        }
        finally
        {
            _subscribing.Release();
        }
    }
}

/// <summary>A question on its way.</summary>
public sealed record PendingCall(string Id, string ReplyTo, RunnerCall Call);

/// <summary>Its answer on the way back: a result, or a code and an error.</summary>
internal sealed record CallReply(string Id, JsonElement? Result, string? Code, string? Error);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PendingCall))]
[JsonSerializable(typeof(CallReply))]
[JsonSerializable(typeof(FoundFiles))]
[JsonSerializable(typeof(FileContent))]
[JsonSerializable(typeof(Attachment))]
[JsonSerializable(typeof(RewoundFiles))]
[JsonSerializable(typeof(TestedMcpServers))]
[JsonSerializable(typeof(FoundTranscripts))]
[JsonSerializable(typeof(ImportedTranscript))]
internal sealed partial class CallJson : JsonSerializerContext;
