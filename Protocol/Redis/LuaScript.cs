using StackExchange.Redis;

namespace Protocol.Redis;

/// <summary>
/// A Lua script that is sent by its hash, and whole when the server does not know it (after a restart).
/// The result's shape is the same under RESP2 and RESP3 for the integers and strings used here.
/// </summary>
internal sealed class LuaScript(string source)
{
#pragma warning disable CA5350 // SHA-1 is what EVALSHA names scripts by; nothing is secured with it.
    private readonly byte[] _hash = System.Security.Cryptography.SHA1.HashData(System.Text.Encoding.UTF8.GetBytes(source));
#pragma warning restore CA5350

    /// <summary>Runs the script. Throws <see cref="RedisException"/> as the command would.</summary>
    public async Task<RedisResult> RunAsync(IDatabase redis, RedisKey[] keys, RedisValue[] arguments)
    {
        try
        {
            return await redis.ScriptEvaluateAsync(_hash, keys, arguments);
        }
        catch (RedisServerException error) when (error.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return await redis.ScriptEvaluateAsync(source, keys, arguments);
        }
    }
}
