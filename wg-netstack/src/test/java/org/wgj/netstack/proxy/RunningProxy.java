// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** A proxy on loopback over a {@link TestDialer}. */
final class RunningProxy implements AutoCloseable {
    static final ProxyLimits LIMITS =
            new ProxyLimits(
                    1000,
                    1000,
                    10,
                    64,
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(5),
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(1),
                    64,
                    Duration.ofMinutes(1));

    final Connections connections;
    final TcpServer server;

    RunningProxy(ConnectionHandler handler) throws IOException {
        this(handler, LIMITS);
    }

    RunningProxy(ConnectionHandler handler, ProxyLimits limits) throws IOException {
        connections = new Connections(limits);
        ServerSocket listening = new ServerSocket(0, 4096, InetAddress.ofLiteral("127.0.0.1"));
        server = TcpServer.start("proxy", listening, handler, connections);
    }

    InetSocketAddress address() {
        return server.address();
    }

    Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(10_000);
        socket.connect(address());
        return socket;
    }

    /** Waits at most ten seconds. */
    static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + 10_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, what);
            Thread.onSpinWait();
            try {
                Thread.sleep(2);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    void awaitNoConnections() {
        await("connections remain: " + connections.size(), () -> connections.size() == 0);
    }

    @Override
    public void close() {
        server.close();
        connections.close();
    }
}
