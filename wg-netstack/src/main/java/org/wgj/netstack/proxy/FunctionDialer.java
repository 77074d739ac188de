// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;

/**
 * A dialer of four functions, such as the methods of a tunnel's network, which this package does
 * not know.
 *
 * @param connector connects to a target
 * @param datagrams opens a UDP socket at a port
 * @param listener listens at a port
 * @param resolver resolves a name
 */
public record FunctionDialer(
        Connector connector,
        OfPort<DatagramSocket> datagrams,
        OfPort<ServerSocket> listener,
        Resolver resolver)
        implements Dialer {
    /** As {@link Dialer#connect}. */
    @FunctionalInterface
    public interface Connector {
        /**
         * Connects to a target.
         *
         * @param host a name or a numeric address
         * @param port 1 to 65535
         * @param timeout for the name and all attempts together
         * @return a connected socket
         * @throws IOException if there is no connection
         */
        Socket connect(String host, int port, Duration timeout) throws IOException;
    }

    /**
     * Opens a socket at a port.
     *
     * @param <S> the kind of socket
     */
    @FunctionalInterface
    public interface OfPort<S> {
        /**
         * Opens a socket.
         *
         * @param port the local port; 0 to choose one
         * @return the open socket
         * @throws IOException if there is none
         */
        S open(int port) throws IOException;
    }

    /** As {@link Dialer#resolve}. */
    @FunctionalInterface
    public interface Resolver {
        /**
         * Resolves a name.
         *
         * @param host a name or a numeric address
         * @return at least one address
         * @throws IOException if it has none
         */
        List<InetAddress> resolve(String host) throws IOException;
    }

    @Override
    public Socket connect(String host, int port, Duration timeout) throws IOException {
        return connector.connect(host, port, timeout);
    }

    @Override
    public DatagramSocket datagram(int port) throws IOException {
        return datagrams.open(port);
    }

    @Override
    public ServerSocket listen(int port) throws IOException {
        return listener.open(port);
    }

    @Override
    public List<InetAddress> resolve(String host) throws IOException {
        return resolver.resolve(host);
    }
}
