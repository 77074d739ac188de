// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import org.wgj.netstack.proxy.ConnectionHandler;
import org.wgj.netstack.proxy.Connections;
import org.wgj.netstack.proxy.Credentials;
import org.wgj.netstack.proxy.Dialer;
import org.wgj.netstack.proxy.HttpHandler;
import org.wgj.netstack.proxy.ProxyLimits;
import org.wgj.netstack.proxy.Socks5Handler;
import org.wgj.netstack.proxy.TcpServer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;

/**
 * The proxies of a tunnel for clients that take no socket factory. Each is started when it is first
 * asked for, on a port of 127.0.0.1 that the system chooses, with one random password for both.
 */
final class LoopbackProxies implements AutoCloseable {
    private static final String USERNAME = "wgj";
    private static final int BACKLOG = 128;
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private final Dialer dialer;
    private final String name;
    private final String password = Credentials.randomPassword();
    private final Credentials credentials = new Credentials(USERNAME, password);
    private Connections connections;
    private TcpServer http;
    private TcpServer socks;
    private boolean closed;

    LoopbackProxies(String name, Dialer dialer) {
        this.name = name;
        this.dialer = dialer;
    }

    /**
     * Returns the HTTP proxy. It serves clients that present the password, and this process.
     *
     * @throws IOException if no port can be bound
     */
    synchronized ProxyAccess http() throws IOException {
        if (http == null) {
            http =
                    start(
                            "http",
                            own(
                                    new HttpHandler(dialer, null, null, null),
                                    new HttpHandler(dialer, credentials, null, null)));
        }
        return access(http);
    }

    synchronized ProxyAccess socks() throws IOException {
        if (socks == null) {
            socks = start("socks", new Socks5Handler(dialer, credentials));
        }
        return access(socks);
    }

    private ProxyAccess access(TcpServer server) {
        return new ProxyAccess(server.address(), USERNAME, password);
    }

    private TcpServer start(String kind, ConnectionHandler handler) throws IOException {
        if (closed) {
            throw new IOException("the tunnel is closed");
        }
        if (connections == null) {
            connections = new Connections(ProxyLimits.DEFAULT);
        }
        ServerSocket listening = new ServerSocket(0, BACKLOG, LOOPBACK);
        return TcpServer.start(name + "-" + kind, listening, handler, connections);
    }

    private static ConnectionHandler own(ConnectionHandler trusting, ConnectionHandler asking) {
        return connection -> {
            Socket client = connection.client();
            InetSocketAddress address = (InetSocketAddress) client.getRemoteSocketAddress();
            boolean ours = OwnProcess.has(address, client.getLocalPort());
            (ours ? trusting : asking).serve(connection);
        };
    }

    /** Sends http and https through the proxy, and everything else nowhere else than before. */
    ProxySelector selector() throws IOException {
        Proxy proxy = new Proxy(Proxy.Type.HTTP, http().address());
        return new ProxySelector() {
            @Override
            public List<Proxy> select(URI uri) {
                String scheme = uri.getScheme();
                boolean web = "http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme);
                return List.of(web ? proxy : Proxy.NO_PROXY);
            }

            @Override
            public void connectFailed(URI uri, SocketAddress address, IOException e) {
                // the client reports it
            }
        };
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (http != null) {
            http.close();
        }
        if (socks != null) {
            socks.close();
        }
        if (connections != null) {
            connections.close();
        }
    }
}
