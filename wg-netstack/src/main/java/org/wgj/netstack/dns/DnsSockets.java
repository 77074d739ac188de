// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/** Opens the sockets of a resolver: those of a tunnel, or the system's in tests. Any thread. */
public interface DnsSockets {
    /**
     * Opens a socket for one query.
     *
     * @return an unconnected socket on a port that was chosen at random for it: the port is half of
     *     what protects a query from forged answers (RFC 5452 9.2)
     * @throws IOException if none can be opened
     */
    DatagramSocket datagram() throws IOException;

    /**
     * Connects to a server.
     *
     * @param server its address and port
     * @param timeout how long connecting may take, more than 0
     * @return the connected socket
     * @throws IOException if the server cannot be reached in time
     */
    Socket connect(InetSocketAddress server, Duration timeout) throws IOException;
}
