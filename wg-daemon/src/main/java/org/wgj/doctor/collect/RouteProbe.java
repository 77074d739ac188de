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

/** Asks the kernel for its route to an endpoint. */
final class RouteProbe {
    private static final int TIMEOUT_MS = 500;

    private RouteProbe() {}

    /**
     * @param mark of the tunnel's datagrams
     * @param longest the longest datagram in bytes, with its IP header; it is sent so that routers
     *     on the path can refuse it; 0 to send none
     * @return null if this process is not permitted to set the mark
     */
    static EndpointRoute look(InetSocketAddress endpoint, int mark, int longest) {
        if (endpoint.isUnresolved()) {
            return new EndpointRoute(endpoint, null, OptionalInt.empty());
        }
        InetAddress address = endpoint.getAddress();
        if (longest > 0) {
            sendLongest(address, mark, longest);
        }
        try (ProbeSocket socket = ProbeSocket.udp(address, null, mark)) {
            return new EndpointRoute(endpoint, socket.localAddress(), socket.pathMtu());
        } catch (ErrnoException e) {
            return e.errno() == Errno.EPERM
                    ? null
                    : new EndpointRoute(endpoint, null, OptionalInt.empty());
        }
    }

    /** The answer does not matter: the kernel remembers the path MTU that routers report. */
    private static void sendLongest(InetAddress address, int mark, int longest) {
        try (EchoSocket echo = EchoSocket.open(address, null, mark)) {
            var unused = echo.echo(longest, TIMEOUT_MS);
        } catch (ErrnoException e) {
            // Not permitted or no route: the kernel reports what it already knows.
        }
    }
}
