using Microsoft.AspNetCore.SignalR;

namespace SignalRPeer;

/// <summary>What a team would write with SignalR: a group for each project.</summary>
public sealed class ProjectHub : Hub
{
    /// <inheritdoc/>
    public override async Task OnConnectedAsync() =>
        await Groups.AddToGroupAsync(Context.ConnectionId, Context.GetHttpContext()!.Request.Query["project"].ToString());
}
