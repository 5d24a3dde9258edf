using System.Net;
using System.Net.Sockets;

namespace TestKit;

/// <summary>Ports of this machine.</summary>
public static class Ports
{
    /// <summary>
    /// A loopback port that nobody listens on, outside the range of which the kernel takes ports for outgoing connections:
    /// one of those may be taken by anybody's connection before the service that it was meant for has bound it.
    /// </summary>
    public static int Free()
    {
        while (true)
        {
            var port = Random.Shared.Next(10_000, 32_000);
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
    }
}
