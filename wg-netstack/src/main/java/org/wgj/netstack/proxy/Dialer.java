// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;

/**
 * Opens the sockets on the far side of a proxy: those of a tunnel, or in {@link SystemDialer} those
 * of the system. Any thread may call it, virtual threads too. It reports failures by the exceptions
 * of the JDK: {@link java.net.ConnectException}, {@link java.net.NoRouteToHostException}, {@link
 * java.net.SocketTimeoutException}, {@link java.net.UnknownHostException}; and by {@link
 * TargetRefusedException} if a rule forbids the target.
 */
public interface Dialer {
    /**
     * Connects to a target. An interrupt of the calling thread ends the attempt.
     *
     * @param host a name, which the dialer resolves, or a numeric address without brackets
     * @param port 1 to 65535
     * @param timeout how long name resolution and all attempts may take together
     * @return a connected socket
     * @throws IOException if there is no connection
     */
    Socket connect(String host, int port, Duration timeout) throws IOException;

    /**
     * Connects to the first of several addresses that answers, as RFC 8305 says: IPv6 first, then
     * the families in turn, each a quarter of a second after the one before or as soon as that has
     * failed.
     *
     * @param addresses those of one host
     * @param port 1 to 65535
     * @param timeout for all attempts together
     * @return a connected socket
     * @throws IOException if there is no connection: why the first attempt failed that reached the
     *     host
     */
    default Socket connect(List<InetAddress> addresses, int port, Duration timeout)
            throws IOException {
        return AddressRace.connect(
                addresses,
                timeout,
                (address, left) -> connect(address.getHostAddress(), port, left));
    }

    /**
     * Opens a UDP socket for answers from anywhere.
     *
     * @param port the local port; 0 to choose one
     * @return an unconnected socket
     * @throws IOException if there is none
     */
    DatagramSocket datagram(int port) throws IOException;

    /**
     * Listens for TCP connections.
     *
     * @param port the local port; 0 to choose one
     * @return a bound socket
     * @throws IOException if the port cannot be bound
     */
    ServerSocket listen(int port) throws IOException;

    /**
     * Resolves a name.
     *
     * @param host a name or a numeric address without brackets
     * @return at least one address, the preferred one first
     * @throws IOException if there is none
     */
    List<InetAddress> resolve(String host) throws IOException;

    /**
     * Returns the dialer for datagrams to one target. A dialer that chooses among others by the
     * target returns one of those.
     *
     * @param target a resolved address
     * @return this one by default
     * @throws TargetRefusedException if a rule forbids the target
     */
    default Dialer pathTo(InetAddress target) throws TargetRefusedException {
        return this;
    }

    /**
     * The destination of datagrams for a host.
     *
     * @param dialer opens the socket
     * @param target the address to send to
     */
    record Path(Dialer dialer, InetAddress target) {
        /**
         * Resolves a host and takes its first address that no rule forbids.
         *
         * @param dialer resolves and knows the rules
         * @param host a name or a numeric address without brackets
         * @return the way to it
         * @throws IOException if it has no address, or none that is allowed
         */
        static Path first(Dialer dialer, String host) throws IOException {
            TargetRefusedException refused = null;
            for (InetAddress address : dialer.resolve(host)) {
                try {
                    return new Path(dialer.pathTo(address), address);
                } catch (TargetRefusedException e) {
                    refused = refused == null ? e : refused;
                }
            }
            throw refused == null ? new UnknownHostException(host) : refused;
        }
    }
}
