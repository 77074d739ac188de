// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import org.wgj.doctor.observation.Observation.EndpointRoute;
import org.wgj.tun.linux.EchoSocket;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.ProbeSocket;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.OptionalInt;

/** Asks the kernel for its way to an endpoint. */
final class RouteProbe {
    private static final int TIMEOUT_MS = 500;

    private RouteProbe() {}

    /**
     * @param mark of the tunnel's datagrams
     * @param longest the longest of them, in bytes with the IP header, which is tried so that
     *     routers on the way can object; 0 for none
     * @return null when it may not be asked
     */
    static EndpointRoute look(InetSocketAddress endpoint, int mark, int longest) {
        if (endpoint.isUnresolved()) {
            return new EndpointRoute(endpoint, null, OptionalInt.empty());
        }
        InetAddress address = endpoint.getAddress();
        if (longest > 0) {
            challenge(address, mark, longest);
        }
        try (ProbeSocket socket = ProbeSocket.udp(address, null, mark)) {
            return new EndpointRoute(endpoint, socket.localAddress(), socket.pathMtu());
        } catch (ErrnoException e) {
            return e.errno() == Errno.EPERM
                    ? null
                    : new EndpointRoute(endpoint, null, OptionalInt.empty());
        }
    }

    /** Whether anybody answers does not matter: what routers say the kernel remembers. */
    private static void challenge(InetAddress address, int mark, int longest) {
        try (EchoSocket echo = EchoSocket.open(address, null, mark)) {
            var unused = echo.echo(longest, TIMEOUT_MS);
        } catch (ErrnoException e) {
            // No right to send it, or no way: then only what is known already is known.
        }
    }
}
