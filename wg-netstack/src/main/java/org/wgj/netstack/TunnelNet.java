// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import io.netty.channel.ChannelFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DuplexChannel;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.crypto.PublicKey;
import org.wgj.netstack.capture.PcapWriter;
import org.wgj.netstack.netty.TunnelChannel;
import org.wgj.netstack.netty.TunnelServerChannel;
import org.wgj.netstack.proxy.FunctionDialer;
import org.wgj.netstack.socket.SocketStack;
import org.wgj.netstack.stack.NetStackTun;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelConfig;

import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import javax.net.SocketFactory;

/**
 * The network behind a WireGuard tunnel, for this program alone: sockets, names and proxies over a
 * TCP/IP stack in the process. It needs no root, no TUN device and nothing of the kernel except a
 * UDP socket.
 *
 * <pre>{@code
 * try (TunnelNet net = TunnelNet.open(Path.of("wg0.conf"));
 *         Socket socket = net.connect("db.internal", 5432, Duration.ofSeconds(10))) {
 *     ...
 * }
 * }</pre>
 *
 * <p>Sockets are {@code java.net} sockets and behave as the JDK's do, with the same exceptions and
 * messages, on platform threads and on virtual threads, which they do not pin. Host names are
 * resolved inside the tunnel, by the DNS servers of the file, and never by the system's resolver
 * unless {@link TunnelNetBuilder#systemResolver} asks for it.
 *
 * <p>Any thread may call the methods, except that those which wait must not be called on the
 * tunnel's event loop, as in a listener.
 */
public final class TunnelNet implements AutoCloseable {
    /** The time that {@link #close} gives closed connections to send the rest. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private static final int DEFAULT_BACKLOG = 50;
    private static final int PING_BYTES = 56; // as ping(8)
    private static final int MAX_PING_BYTES = 65_000;
    private static final Logger LOG = LoggerFactory.getLogger(TunnelNet.class);

    private final Tunnel tunnel;
    private final NetStackTun tun;
    private final SocketStack sockets;
    private final Names names;
    private final List<InetAddress> addresses;
    private final LoopbackProxies proxies;
    private final SocketFactory factory;
    private final AtomicReference<PcapWriter> capture = new AtomicReference<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    TunnelNet(
            Tunnel tunnel,
            NetStackTun tun,
            SocketStack sockets,
            Names names,
            List<InetAddress> addresses) {
        this.tunnel = tunnel;
        this.tun = tun;
        this.sockets = sockets;
        this.names = names;
        this.addresses = List.copyOf(addresses);
        proxies =
                new LoopbackProxies(
                        tun.name(),
                        new FunctionDialer(
                                this::connect, this::datagram, this::listen, this::resolve));
        factory = new TunnelSocketFactory(sockets::socket);
        tunnel.whenClosed().thenRun(this::tunnelClosed);
    }

    /**
     * Starts a tunnel from a configuration file of wg-quick: its key, addresses, DNS servers, MTU
     * and peers.
     *
     * @param file its path
     * @return the network behind the tunnel; the caller closes it
     * @throws org.wgj.tunnel.TunnelConfigException if there is no such file, or a line is wrong
     * @throws IOException if the file cannot be read or the tunnel cannot start
     */
    public static TunnelNet open(Path file) throws IOException {
        TunnelConfig config = TunnelConfig.parse(file);
        try {
            return builder().name(TunnelNetBuilder.nameOf(file)).config(config).open();
        } finally {
            config.wipe();
        }
    }

    /**
     * Begins to describe a network.
     *
     * @return a builder for one
     */
    public static TunnelNetBuilder builder() {
        return new TunnelNetBuilder();
    }

    // --- TCP

    /**
     * Connects to a host behind the tunnel. A name may have several addresses: they are tried a
     * quarter of a second after one another, IPv6 first, and the first that answers wins (RFC
     * 8305).
     *
     * @param host a name, or a numeric address without brackets
     * @param port 1 to 65535
     * @param timeout for the name and the connection together; zero for none
     * @return a connected socket
     * @throws UnknownHostException if the name has no address
     * @throws java.net.SocketTimeoutException if the time was not enough
     * @throws java.net.ConnectException if the host refuses
     * @throws java.net.NoRouteToHostException if no peer has the address
     * @throws IOException if it fails for another reason
     */
    public Socket connect(String host, int port, Duration timeout) throws IOException {
        int timeoutMs = Math.toIntExact(milliseconds(timeout));
        Socket socket = sockets.socket();
        socket.connect(InetSocketAddress.createUnresolved(host, port), timeoutMs);
        return socket;
    }

    private static long milliseconds(Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("timeout " + timeout + " is negative");
        }
        long rounded = timeout.plusNanos(999_999).toMillis();
        return Math.min(rounded, Integer.MAX_VALUE);
    }

    /**
     * Listens on all addresses of the tunnel, IPv4 and IPv6.
     *
     * @param port 1 to 65535; 0 to choose one
     * @return a bound socket
     * @throws java.net.BindException if the port is in use
     * @throws IOException if the network is closed
     */
    public ServerSocket listen(int port) throws IOException {
        return listen(null, port, DEFAULT_BACKLOG);
    }

    /**
     * Listens on one address of the tunnel.
     *
     * @param address an own address; null for all
     * @param port 1 to 65535; 0 to choose one
     * @param backlog how many connections may wait to be accepted
     * @return a bound socket
     * @throws java.net.BindException if the port is in use or the address is not an own one
     * @throws IOException if the network is closed
     */
    public ServerSocket listen(InetAddress address, int port, int backlog) throws IOException {
        ServerSocket socket = sockets.serverSocket();
        try {
            socket.bind(new InetSocketAddress(address, port), backlog);
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Returns a factory for clients that take one.
     *
     * @return always the same object; it resolves names inside the tunnel
     */
    public SocketFactory socketFactory() {
        return factory;
    }

    /**
     * Gives this network a name, by which a {@link NamedSocketFactory} finds it until it is closed.
     *
     * @param name a name of the caller's choice
     * @throws IllegalStateException if another network has the name
     */
    public void register(String name) {
        NamedSocketFactory.register(name, this);
        if (closed.get()) {
            NamedSocketFactory.unregister(this);
        }
    }

    /**
     * Takes connections that peers open to ports without a listener. Does nothing once the network
     * is closed. At most 4,096 are served at a time, and 1,024 of one peer address (of IPv6 one
     * /64); more are reset.
     *
     * @param handlerOrNull decides; null to refuse them all, as at first
     */
    public void fallback(FallbackHandler handlerOrNull) {
        Fallback fallback = handlerOrNull == null ? null : new Fallback(sockets, handlerOrNull);
        try {
            sockets.call(
                    () -> {
                        tun.stack().tcp().setFallback(fallback);
                        return null;
                    });
        } catch (IOException e) {
            LOG.debug("{}: no fallback: {}", tun.name(), e.getMessage());
        }
    }

    /**
     * Finds the peer at the other end of a socket: the one whose allowed IPs have the remote
     * address now. WireGuard lets no other peer send from that address, so this is as good as a
     * login.
     *
     * @param socket a connected socket of this network
     * @return the peer's public key; empty if the socket is not connected, or no peer has the
     *     address any more
     */
    public Optional<PublicKey> peerOf(Socket socket) {
        InetAddress address = socket.getInetAddress();
        return address == null
                ? Optional.empty()
                : Peers.of(tunnel.status().join().peers(), IpAddress.of(address));
    }

    /**
     * Returns a factory of Netty channels that connect through the tunnel. They live on any event
     * loop.
     *
     * <pre>{@code
     * new Bootstrap().group(loops)
     *         .channelFactory(net.nettyFactory())
     *         .resolver(NoopAddressResolverGroup.INSTANCE)
     *         .handler(...).connect("db.internal", 5432);
     * }</pre>
     *
     * <p>The resolver matters: without it Netty asks the system's for names, outside the tunnel.
     *
     * @return makes channels that support half-closure and the usual options of TCP
     */
    public ChannelFactory<DuplexChannel> nettyFactory() {
        return () -> new TunnelChannel(sockets);
    }

    /**
     * Returns a factory of Netty server channels that listen in the tunnel. They live on any event
     * loop.
     *
     * @return for {@code ServerBootstrap.channelFactory}
     */
    public ChannelFactory<ServerChannel> nettyServerFactory() {
        return () -> new TunnelServerChannel(sockets);
    }

    // --- UDP, names, ping

    /**
     * Opens a UDP socket on all addresses of the tunnel.
     *
     * @param port 1 to 65535; 0 to choose one
     * @return a bound socket, not connected
     * @throws java.net.BindException if the port is in use
     * @throws IOException if the network is closed
     */
    public DatagramSocket datagram(int port) throws IOException {
        DatagramSocket socket = sockets.datagramSocket();
        try {
            socket.bind(new InetSocketAddress(port));
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Resolves a name inside the tunnel.
     *
     * @param host a name, or a numeric address without brackets
     * @return at least one address, IPv6 first
     * @throws UnknownHostException if it has none, or the tunnel has no DNS server
     */
    public List<InetAddress> resolve(String host) throws UnknownHostException {
        return names.resolve(host);
    }

    /**
     * Sends an ICMP echo request with 56 bytes of data and waits for the answer.
     *
     * @param address the host to ask
     * @param timeout how long to wait, more than 0
     * @return the time between request and answer
     * @throws java.net.SocketTimeoutException if no answer came in time
     * @throws java.net.NoRouteToHostException if the host cannot be reached
     * @throws IOException if the network is closed
     */
    public Duration ping(InetAddress address, Duration timeout) throws IOException {
        return ping(address, PING_BYTES, timeout);
    }

    /**
     * Sends an ICMP echo request of some length and waits for the answer, which is as long. The
     * packet is 28 bytes longer than its data, of IPv6 48. It travels in fragments if it is longer
     * than the MTU.
     *
     * @param address the host to ask
     * @param payloadBytes the length of the data, 0 to 65000
     * @param timeout how long to wait, more than 0
     * @return the time between request and answer
     * @throws java.net.SocketTimeoutException if no answer came in time
     * @throws java.net.NoRouteToHostException if the host cannot be reached
     * @throws IOException if the network is closed
     */
    public Duration ping(InetAddress address, int payloadBytes, Duration timeout)
            throws IOException {
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("timeout " + timeout + " is not positive");
        }
        if (payloadBytes < 0 || payloadBytes > MAX_PING_BYTES) {
            throw new IllegalArgumentException(
                    payloadBytes + " bytes of data are not from 0 to " + MAX_PING_BYTES);
        }
        return sockets.ping(IpAddress.of(address), payloadBytes, timeout);
    }

    // --- proxies

    /**
     * Returns an HTTP proxy on loopback, for clients that take no socket factory; it serves CONNECT
     * and plain HTTP. It is started by the first call.
     *
     * <p>It wants its password from every other process. On Linux it knows the connections of this
     * process and serves them without.
     *
     * @return its address and password
     * @throws IOException if it cannot listen
     */
    public ProxyAccess httpProxy() throws IOException {
        return proxies.http();
    }

    /**
     * Returns a selector that sends http and https through {@link #httpProxy}, for {@code
     * java.net.http.HttpClient} above all.
     *
     * <p>That client drops the credentials of a proxy when it sends CONNECT (the system property
     * {@code jdk.http.auth.tunneling.disabledSchemes}). So on Linux this process needs no header;
     * elsewhere each request needs a header {@code Proxy-Authorization} with {@link
     * ProxyAccess#bearer}.
     *
     * @return a selector; nothing of it is resolved outside the tunnel
     * @throws IOException if the proxy cannot listen
     */
    public ProxySelector proxySelector() throws IOException {
        return proxies.selector();
    }

    /**
     * Returns a SOCKS5 proxy on loopback, with UDP ASSOCIATE. It is started by the first call.
     *
     * @return its address and password, which every client has to present
     * @throws IOException if it cannot listen
     */
    public ProxyAccess socks() throws IOException {
        return proxies.socks();
    }

    // --- the tunnel

    /**
     * Writes all packets of the stack to a pcap file, as they are inside the tunnel: every reader
     * of the file sees them. Only the file's owner may read it. Packets are left out if the disk is
     * too slow. There is one capture at a time; a new one ends the one before.
     *
     * @param file made anew
     * @return ends the capture and closes the file; closing this network does that too
     * @throws IOException if the file cannot be made
     */
    public Closeable capture(Path file) throws IOException {
        PcapWriter writer = PcapWriter.open(file, sockets.call(tun::nowNs));
        PcapWriter before = capture.getAndSet(writer);
        tun.setTap(writer::packet);
        if (before != null) {
            close(before); // its failure is not the new one's
        }
        if (closed.get()) {
            endCapture(writer);
        }
        return () -> endCapture(writer);
    }

    private void close(PcapWriter writer) {
        try {
            writer.close();
        } catch (IOException e) {
            LOG.warn("{}: the capture is incomplete: {}", tun.name(), e.getMessage());
        }
    }

    private void endCapture(PcapWriter writer) throws IOException {
        if (capture.compareAndSet(writer, null)) {
            tun.setTap(null);
        }
        writer.close();
    }

    /**
     * Takes a snapshot of the counters.
     *
     * @return the snapshot
     * @throws IOException if the network is closed
     */
    public NetStatistics statistics() throws IOException {
        return sockets.call(() -> NetStatistics.of(tun.stack()));
    }

    /**
     * Returns the tunnel, to change it or to hear its events.
     *
     * @return the tunnel; closing it closes this network
     */
    public Tunnel tunnel() {
        return tunnel;
    }

    /**
     * Returns the own addresses.
     *
     * @return in the order of the configuration
     */
    public List<InetAddress> addresses() {
        return addresses;
    }

    SocketStack sockets() {
        return sockets;
    }

    NetStackTun tun() {
        return tun;
    }

    private void tunnelClosed() {
        release();
        sockets.ended();
        endCapture();
    }

    private void endCapture() {
        PcapWriter writer = capture.getAndSet(null);
        if (writer != null) {
            tun.setTap(null);
            close(writer);
        }
    }

    private void release() {
        if (closed.compareAndSet(false, true)) {
            NamedSocketFactory.unregister(this);
            proxies.close();
            names.close();
        }
    }

    /**
     * Closes the proxies, all sockets and the tunnel. Threads that wait in a socket get a {@link
     * java.net.SocketException}, the peers of open connections a RST. Connections that the program
     * has closed get up to 2 s to send what is left. Does nothing the second time except wait.
     */
    @Override
    public void close() {
        release();
        sockets.close(LAST_WORDS);
        tunnel.close();
        sockets.ended();
        endCapture();
    }

    @Override
    public String toString() {
        return "net(" + Objects.toString(tun.name()) + ")";
    }
}
