// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.netstack.proxy.Dialer;
import org.wgj.netstack.proxy.StdioForward;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The tunnel of a file for one command that ends soon. Any thread may use it. */
public final class ProxyClient implements AutoCloseable {
    private final NetstackTunnel tunnel;
    private final Dialer dialer;

    private ProxyClient(NetstackTunnel tunnel, TargetRules rules) {
        this.tunnel = tunnel;
        dialer = rules.dialer(tunnel);
    }

    /**
     * Starts the tunnel of a file; its proxies are not started.
     *
     * @param path a file of wg-quick or wireproxy
     * @param environment the variables that its values may refer to
     * @return the running tunnel
     * @throws IOException if the file is wrong or the tunnel does not start
     */
    public static ProxyClient open(Path path, Map<String, String> environment) throws IOException {
        ProxyConfig config = ProxyFile.read(path, environment);
        try {
            return new ProxyClient(NetstackTunnel.open(config.tunnel()), TargetRules.of(config));
        } finally {
            config.wipe();
        }
    }

    /**
     * Connects two streams to a host and waits until the connection has ended.
     *
     * @param host a name or an address without brackets
     * @param port 1 to 65535
     * @param timeout for the connection
     * @param in read to its end, or as long as the connection lasts
     * @param out gets what the host sends
     * @throws IOException if there is no connection or it fails
     */
    public void carry(String host, int port, Duration timeout, InputStream in, OutputStream out)
            throws IOException {
        Socket socket;
        try {
            socket = dialer.connect(host, port, timeout);
        } catch (IOException e) { // the messages of sockets name no host
            String reason = String.valueOf(e.getMessage());
            throw reason.contains(host)
                    ? e
                    : new IOException(host + " port " + port + ": " + reason, e);
        }
        StdioForward.run(in, out, socket, ProxyProcess.INPUT_PAUSE);
    }

    /**
     * Resolves a name inside the tunnel.
     *
     * @param host a name or an address without brackets
     * @return at least one address
     * @throws IOException if it has none
     */
    public List<InetAddress> resolve(String host) throws IOException {
        return dialer.resolve(host);
    }

    /**
     * Pings a host.
     *
     * @param address the host
     * @param timeout how long to wait
     * @return the time between request and answer
     * @throws java.net.SocketTimeoutException if there was no answer in time
     * @throws IOException if the host cannot be reached
     */
    public Duration ping(InetAddress address, Duration timeout) throws IOException {
        return tunnel.ping(address, timeout);
    }

    /** Ends the tunnel. */
    @Override
    public void close() {
        tunnel.close();
    }
}
