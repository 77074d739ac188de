// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.netstack.proxy.ClientQuota;
import org.wgj.netstack.socket.SocketStack;
import org.wgj.netstack.tcp.TcpAcceptor;
import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.tcp.TcpFallback;
import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.function.Consumer;

/** Gives connections to unknown ports to the program's handler, a bounded number at a time. */
final class Fallback implements TcpFallback {
    /** Connections that are served at a time; more are refused. */
    static final int LIMIT = 4096;

    /**
     * The share of one peer address (of IPv6 one /64): a peer whose connections hang must leave
     * places for others, also if it has an address of each family.
     */
    static final int LIMIT_OF_PEER = LIMIT / 4;

    private static final Logger LOG = LoggerFactory.getLogger(Fallback.class);

    private final SocketStack sockets;
    private final FallbackHandler handler;
    private final ClientQuota places = new ClientQuota(LIMIT, LIMIT_OF_PEER);

    Fallback(SocketStack sockets, FallbackHandler handler) {
        this.sockets = sockets;
        this.handler = handler;
    }

    @Override
    public TcpAcceptor incoming(IpAddress local, int localPort, IpAddress remote, int remotePort) {
        Consumer<Socket> service;
        try {
            service =
                    handler.incoming(
                            new InetSocketAddress(local.toInetAddress(), localPort),
                            new InetSocketAddress(remote.toInetAddress(), remotePort));
        } catch (RuntimeException e) {
            LOG.error("the handler of unknown ports failed", e);
            return null;
        }
        return service == null ? null : connection -> accept(connection, service);
    }

    private boolean accept(TcpConnection connection, Consumer<Socket> service) {
        ClientQuota.Place place = places.take(connection.remoteAddress().toInetAddress());
        if (place == null) {
            return false;
        }
        try {
            Socket socket = sockets.accepted(connection);
            Thread.ofVirtual().name("wgj-fallback").start(() -> serve(socket, place, service));
            return true;
        } catch (IOException e) {
            place.close();
            return false;
        }
    }

    private void serve(Socket socket, ClientQuota.Place place, Consumer<Socket> service) {
        try (place;
                socket) {
            service.accept(socket);
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("a connection to an unknown port ended: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("the handler of unknown ports failed", e);
        }
    }
}
