using System.Text.Json;
using StackExchange.Redis;

namespace Protocol.Redis;

/// <summary>
/// What the installed CLI offers, as it answered <c>initialize</c>: commands, agents, models. A project may have commands and
/// agents of its own in its workspace; until one of its sessions has run, what any session was told serves.
/// </summary>
public sealed class CliCapabilities(IDatabase redis)
{
    private static readonly TimeSpan s_probeLimit = TimeSpan.FromMinutes(1);

    /// <summary>Keeps what a session's process has answered.</summary>
    /// <param name="projectId">The project; null for a process that belongs to none.</param>
    /// <param name="answer">The CLI's answer, an object.</param>
    public async Task SaveAsync(string? projectId, JsonElement answer)
    {
        var json = answer.GetRawText();
        if (projectId is not null) await redis.StringSetAsync(RedisKeys.Capabilities(projectId), json);
        await redis.StringSetAsync(RedisKeys.AnyCapabilities, json);
    }

    /// <summary>What the project's CLI offers; null while no process has ever been started.</summary>
    public async Task<JsonElement?> ReadAsync(string projectId)
    {
        var known = await redis.StringGetAsync([RedisKeys.Capabilities(projectId), RedisKeys.AnyCapabilities]);
        var json = known.FirstOrDefault(value => !value.IsNull);
        return json.IsNull ? null : JsonElement.Parse(((ReadOnlyMemory<byte>)json).Span);
    }

    /// <summary>Whether the caller is to find out, because nobody knows and nobody else is at it.</summary>
    public async Task<bool> IsToBeProbedAsync() =>
        !await redis.KeyExistsAsync(RedisKeys.AnyCapabilities)
        && await redis.StringSetAsync(RedisKeys.CapabilitiesProbe, "1", s_probeLimit, When.NotExists);
}
