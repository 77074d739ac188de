// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;

import javax.net.SocketFactory;

/** Makes sockets of a tunnel; names are resolved inside. */
final class TunnelSocketFactory extends SocketFactory {
    /** Makes sockets that are not connected. */
    @FunctionalInterface
    interface Source {
        Socket socket() throws IOException;
    }

    private final Source source;

    TunnelSocketFactory(Source source) {
        this.source = source;
    }

    @Override
    public Socket createSocket() throws IOException {
        return source.socket();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connected(InetSocketAddress.createUnresolved(host, port), null);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
            throws IOException {
        return connected(
                InetSocketAddress.createUnresolved(host, port),
                new InetSocketAddress(localHost, localPort));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port), null);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
            throws IOException {
        return connected(
                new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
    }

    private Socket connected(SocketAddress remote, SocketAddress localOrNull) throws IOException {
        Socket socket = source.socket();
        try {
            if (localOrNull != null) {
                socket.bind(localOrNull);
            }
            socket.connect(remote);
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }
}
