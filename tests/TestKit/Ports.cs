using System.Net;
using System.Net.Sockets;

namespace TestKit;

/// <summary>Ports of this machine.</summary>
public static class Ports
{
    /// <summary>A loopback port that nobody listens on.</summary>
    public static int Free()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
