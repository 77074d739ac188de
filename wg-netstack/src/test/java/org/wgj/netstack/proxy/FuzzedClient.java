// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A client of a proxy whose bytes are known from the beginning, without a network: what the proxy
 * dials refuses.
 */
final class FuzzedClient {
    /** Its sweeper never ends a connection in time: what hangs is a finding. */
    private static final Connections CONNECTIONS = new Connections(ProxyLimits.DEFAULT);

    private final Client client;
    private final List<HostAndPort> dialled = new ArrayList<>();

    FuzzedClient(byte[] bytes) {
        client = new Client(bytes);
    }

    /** Serves the client to its end; a failure of the connection is one. */
    void serve(Function<Dialer, ConnectionHandler> maker) {
        Connection connection = CONNECTIONS.admit(client);
        if (connection == null) {
            throw new AssertionError("an earlier connection was not given back");
        }
        try {
            connection.serve(maker.apply(new Refusing()));
        } catch (IOException e) {
            // The client's mistake.
        } finally {
            connection.close();
        }
        if (CONNECTIONS.size() != 0) {
            throw new AssertionError("the connection is still counted");
        }
    }

    /** Returns what the client was sent. */
    ByteArrayOutputStream answer() {
        return client.out;
    }

    /** Returns what the proxy wanted to reach. */
    List<HostAndPort> dialled() {
        return dialled;
    }

    private static final class Client extends Socket {
        private final ByteArrayInputStream in;
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Client(byte[] bytes) {
            in = new ByteArrayInputStream(bytes);
        }

        @Override
        public InetAddress getInetAddress() {
            return InetAddress.getLoopbackAddress();
        }

        @Override
        public InetAddress getLocalAddress() {
            return InetAddress.getLoopbackAddress();
        }

        @Override
        public int getLocalPort() {
            return 1080;
        }

        @Override
        public InputStream getInputStream() {
            return in;
        }

        @Override
        public OutputStream getOutputStream() {
            return out;
        }

        @Override
        public void shutdownOutput() {}
    }

    private final class Refusing implements Dialer {
        @Override
        public Socket connect(String host, int port, Duration timeout) throws IOException {
            dialled.add(new HostAndPort(host, port));
            throw new ConnectException("Connection refused");
        }

        @Override
        public DatagramSocket datagram(int port) throws IOException {
            throw new IOException("no datagrams here");
        }

        @Override
        public ServerSocket listen(int port) throws IOException {
            throw new IOException("no listeners here");
        }

        @Override
        public List<InetAddress> resolve(String host) throws IOException {
            throw new IOException("no names here");
        }
    }
}
