// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.claim.TunnelClaim;
import org.wgj.claim.TunnelTakenException;
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

/** A tunnel of its own for one command that ends soon. Any thread may use it. */
public final class ProxyClient implements TunnelAccess {
    private final NetstackTunnel tunnel;
    private final Dialer dialer;
    private final TunnelClaim claim;

    private ProxyClient(NetstackTunnel tunnel, TargetRules rules, TunnelClaim claim) {
        this.tunnel = tunnel;
        this.claim = claim;
        dialer = rules.dialer(tunnel);
    }

    /**
     * Starts the tunnel of a file; its proxies are not started.
     *
     * @param path a file of wg-quick or wireproxy
     * @param environment the variables that its values may refer to
     * @param command how messages of other processes call this one
     * @param beside whether to start it although an interface of this machine has its address
     * @return the running tunnel
     * @throws TunnelTakenException if another process of this user has a tunnel with the key and a
     *     peer of it
     * @throws IOException if the file is wrong or the tunnel does not start
     */
    public static ProxyClient open(
            Path path, Map<String, String> environment, String command, boolean beside)
            throws IOException {
        ProxyConfig config = ProxyFile.read(path, environment);
        try {
            TunnelClaim claim =
                    TunnelClaim.take(Claims.keys(config.tunnel()), command, environment);
            try {
                if (!beside) {
                    Claims.refuseBesideInterface(config);
                }
                return new ProxyClient(
                        NetstackTunnel.open(config.tunnel(), config.tcp()),
                        TargetRules.of(config),
                        claim);
            } catch (IOException | RuntimeException | Error e) {
                claim.close();
                throw e;
            }
        } finally {
            config.wipe();
        }
    }

    @Override
    public void carry(String host, int port, Duration timeout, InputStream in, OutputStream out)
            throws IOException {
        Socket socket;
        try {
            socket = connect(host, port, timeout);
        } catch (IOException e) {
            throw withTarget(host, port, e);
        }
        StdioForward.run(in, out, socket, ProxyProcess.INPUT_PAUSE);
    }

    /** Adds the target to a message of a socket, which names none. */
    static IOException withTarget(String host, int port, IOException e) {
        String reason = String.valueOf(e.getMessage());
        return reason.contains(host)
                ? e
                : new IOException(host + " port " + port + ": " + reason, e);
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

    @Override
    public List<InetAddress> resolve(String host) throws IOException {
        try {
            return dialer.resolve(host);
        } catch (UnknownHostException e) {
            throw withReason(e);
        }
    }

    /** Adds to the message why no name server helped; sockets of the JDK say it nowhere. */
    static UnknownHostException withReason(UnknownHostException e) {
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

    @Override
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
        claim.close();
    }
}
