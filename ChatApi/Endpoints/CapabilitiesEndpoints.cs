using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Protocol.Redis;

namespace ChatApi.Endpoints;

/// <summary>What the project's Claude Code offers, as it says itself.</summary>
public sealed record CapabilitiesResponse(List<CommandOffer> Commands, List<AgentOffer> Agents, List<ModelOffer> Models);

/// <summary>A slash command or a skill, without the slash.</summary>
public sealed record CommandOffer(string Name, string Description, string ArgumentHint);

/// <summary>A subagent.</summary>
public sealed record AgentOffer(string Name, string Description);

/// <summary>A model. <c>EffortLevels</c> is empty where it has none.</summary>
public sealed record ModelOffer(string Value, string DisplayName, string Description, List<string> EffortLevels);

/// <summary>What the CLI offers.</summary>
internal static class CapabilitiesEndpoints
{
    /// <summary>Maps what is below <c>/projects/{id}</c>.</summary>
    public static void MapCapabilities(this IEndpointRouteBuilder app) =>
        app.MapGet("/projects/{id}/capabilities", ReadAsync).WithTags("Projects")
            .WithSummary("Commands, agents and models that Claude Code offers in this project; empty until its first process has answered.");

    private static async Task<Ok<CapabilitiesResponse>> ReadAsync(Guid id, CliCapabilities capabilities)
    {
        var offers = await capabilities.ReadAsync(id.ToString());
        return TypedResults.Ok(new CapabilitiesResponse(
            List(offers, "commands", o => new CommandOffer(Text(o, "name"), Text(o, "description"), Text(o, "argumentHint"))),
            List(offers, "agents", o => new AgentOffer(Text(o, "name"), Text(o, "description"))),
            List(offers, "models", o => new ModelOffer(Text(o, "value"), Text(o, "displayName"), Text(o, "description"), Words(o, "supportedEffortLevels")))));
    }

    // Read leniently: a newer CLI may leave out or add what it likes.
    private static List<T> List<T>(JsonElement? offers, string name, Func<JsonElement, T> read) =>
        offers is { ValueKind: JsonValueKind.Object } all && all.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(o => o.ValueKind == JsonValueKind.Object).Select(read)]
            : [];

    private static string Text(JsonElement offer, string name) => offer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static List<string> Words(JsonElement offer, string name) =>
        offer.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Where(w => w.ValueKind == JsonValueKind.String).Select(w => w.GetString()!)] : [];
}
