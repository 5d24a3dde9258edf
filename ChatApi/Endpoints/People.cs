using Microsoft.Extensions.Options;

namespace ChatApi.Endpoints;

/// <summary>Who somebody is: the name that a proxy vouches for, or else the one that the browser gives.</summary>
internal sealed class People(IOptions<ChatApiOptions> options)
{
    private const int MaxNameLength = 60;

    /// <summary>The name, at most 60 characters; null when nobody gave one.</summary>
    /// <param name="request">The request; the browser's word is its query parameter <c>name</c>.</param>
    public string? NameOf(HttpRequest request)
    {
        var name = options.Value.UserHeader is { Length: > 0 } header ? request.Headers[header].ToString() : request.Query["name"].ToString();
        name = new string([.. name.Where(c => !char.IsControl(c))]).Trim();
        return name.Length switch
        {
            0 => null,
            > MaxNameLength => name[..MaxNameLength],
            _ => name,
        };
    }
}
