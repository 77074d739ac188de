// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.netstack.proxy.Dialer;
import org.wgj.netstack.proxy.StdioForward;
import org.wgj.tunnel.TunnelStatus;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
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
            return new ProxyClient(
                    NetstackTunnel.open(config.tunnel(), config.tcp()), TargetRules.of(config));
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
            socket = connect(host, port, timeout);
        } catch (IOException e) { // the messages of sockets name no host
            String reason = String.valueOf(e.getMessage());
            throw reason.contains(host)
                    ? e
                    : new IOException(host + " port " + port + ": " + reason, e);
        }
        StdioForward.run(in, out, socket, ProxyProcess.INPUT_PAUSE);
    }

    /**
     * Connects to a host.
     *
     * @param host a name or an address without brackets
     * @param port 1 to 65535
     * @param timeout for the connection
     * @return a connected socket
     * @throws IOException if there is no connection, as {@link java.net.Socket#connect} throws it
     */
    public Socket connect(String host, int port, Duration timeout) throws IOException {
        try {
            return dialer.connect(host, port, timeout);
        } catch (UnknownHostException e) {
            throw withReason(e);
        }
    }

    /**
     * Resolves a name inside the tunnel.
     *
     * @param host a name or an address without brackets
     * @return at least one address
     * @throws IOException if it has none
     */
    public List<InetAddress> resolve(String host) throws IOException {
        try {
            return dialer.resolve(host);
        } catch (UnknownHostException e) {
            throw withReason(e);
        }
    }

    /** Adds to the message why no name server helped; sockets of the JDK say it nowhere. */
    private static UnknownHostException withReason(UnknownHostException e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        if (root instanceof UnknownHostException || root.getMessage() == null) {
            return e;
        }
        UnknownHostException told =
                new UnknownHostException(e.getMessage() + " (" + root.getMessage() + ")");
        told.initCause(e);
        return told;
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

    /**
     * Pings a host with a packet of some length.
     *
     * @param address the host
     * @param payloadBytes the length of the echo message's data; the packet is 28 bytes longer, of
     *     IPv6 48
     * @param timeout how long to wait
     * @return the time between request and answer
     * @throws java.net.SocketTimeoutException if there was no answer in time
     * @throws IOException if the host cannot be reached
     */
    public Duration ping(InetAddress address, int payloadBytes, Duration timeout)
            throws IOException {
        return tunnel.net().ping(address, payloadBytes, timeout);
    }

    /**
     * Asks one name server through the tunnel, which need not be one of the file.
     *
     * @param server its address
     * @param host a name
     * @return at least one address
     * @throws java.net.UnknownHostException if it has none; caused by an exception of another type,
     *     if the server did not answer or refused
     */
    public List<InetAddress> ask(InetAddress server, String host) throws IOException {
        return tunnel.ask(server, host);
    }

    /**
     * Returns the state of the tunnel.
     *
     * @return the state
     */
    public TunnelStatus status() {
        return tunnel.status();
    }

    /** Ends the tunnel. */
    @Override
    public void close() {
        tunnel.close();
    }
}
