// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Objects;

/**
 * Accepts the connections of one listening socket and serves each on a virtual thread. Closing it
 * ends the listening; connections that were accepted go on in their {@link Connections}.
 */
public final class TcpServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TcpServer.class);
    private static final long PAUSE_MS = 100;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final String name;
    private final ServerSocket listening;
    private final Connections connections;
    private final Thread acceptor;
    private volatile ConnectionHandler handler;

    private TcpServer(
            String name,
            ServerSocket listening,
            ConnectionHandler handler,
            Connections connections) {
        this.name = name;
        acceptor = Thread.ofVirtual().name(name).unstarted(this::accept);
        this.listening = listening;
        this.handler = Objects.requireNonNull(handler, "handler");
        this.connections = Objects.requireNonNull(connections, "connections");
    }

    /**
     * Begins to accept.
     *
     * @param name how logs call it
     * @param listening a bound socket, of the system or of a tunnel; closed with the server
     * @param handler serves the connections
     * @param connections where the connections live
     * @return the running server
     */
    public static TcpServer start(
            String name,
            ServerSocket listening,
            ConnectionHandler handler,
            Connections connections) {
        TcpServer server = new TcpServer(name, listening, handler, connections);
        server.acceptor.start();
        return server;
    }

    /**
     * Returns where it listens.
     *
     * @return the bound address
     */
    public InetSocketAddress address() {
        return (InetSocketAddress) listening.getLocalSocketAddress();
    }

    /**
     * Serves the connections that come from now on in another way.
     *
     * @param newHandler replaces the one before
     */
    public void setHandler(ConnectionHandler newHandler) {
        handler = Objects.requireNonNull(newHandler, "newHandler");
    }

    private void accept() {
        boolean told = false;
        while (!listening.isClosed()) {
            Socket client;
            try {
                client = listening.accept();
                told = false;
            } catch (IOException e) {
                if (listening.isClosed()) {
                    return;
                }
                if (!told) { // once in a row: the process may have no descriptor left for long
                    LOG.warn("{}: cannot accept a connection: {}", name, e.getMessage());
                    told = true;
                }
                pause();
                continue;
            }
            Connection connection = connections.admit(client);
            if (connection == null) {
                LOG.debug("{}: too many connections, one more is refused", name);
                Connection.resetOnClose(client);
                Connection.closeQuietly(client);
                continue;
            }
            ConnectionHandler current = handler;
            Thread.ofVirtual().name(name + " connection").start(() -> serve(connection, current));
        }
    }

    private void serve(Connection connection, ConnectionHandler current) {
        try {
            connection.serve(current);
        } catch (IOException e) {
            LOG.debug("{}: {}", name, e.getMessage());
            connection.reset();
        } catch (RuntimeException e) {
            LOG.error("{}: a connection failed", name, e);
            connection.reset();
        } finally {
            connection.close();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops listening, and waits until the port is free. */
    @Override
    public void close() {
        Connection.closeQuietly(listening);
        try {
            // The socket of the JDK frees the port when accept has returned.
            var unused = acceptor.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
