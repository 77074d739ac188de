// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.netstack.socket.SocketStack;
import org.wgj.netstack.tcp.TcpAcceptor;
import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.tcp.TcpFallback;
import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/** Gives connections to unknown ports to the program's handler, a bounded number at a time. */
final class Fallback implements TcpFallback {
    /** Connections that are served at a time; more are refused. */
    static final int LIMIT = 4096;

    private static final Logger LOG = LoggerFactory.getLogger(Fallback.class);

    private final SocketStack sockets;
    private final FallbackHandler handler;
    private final Semaphore places = new Semaphore(LIMIT);

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
        if (!places.tryAcquire()) {
            return false;
        }
        try {
            Socket socket = sockets.accepted(connection);
            Thread.ofVirtual().name("wgj-fallback").start(() -> serve(socket, service));
            return true;
        } catch (IOException e) {
            places.release();
            return false;
        }
    }

    private void serve(Socket socket, Consumer<Socket> service) {
        try (socket) {
            service.accept(socket);
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("a connection to an unknown port ended: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("the handler of unknown ports failed", e);
        } finally {
            places.release();
        }
    }
}
