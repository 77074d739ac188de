// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.netstack.dns.DnsOptions;
import org.wgj.netstack.dns.DnsResolver;
import org.wgj.netstack.dns.DnsSockets;
import org.wgj.netstack.ip.OwnAddress;
import org.wgj.netstack.jfr.StackLog;
import org.wgj.netstack.socket.SocketStack;
import org.wgj.netstack.stack.NetStack;
import org.wgj.netstack.stack.NetStackTun;
import org.wgj.netstack.stack.StackOptions;
import org.wgj.netstack.tcp.TcpLimits;
import org.wgj.netstack.tcp.TcpOptions;
import org.wgj.netstack.tcp.congestion.CongestionRule;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelConfig;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Describes a {@link TunnelNet} before it starts. The stack's side is set here, the tunnel's (key,
 * port, peers) by {@link #tunnel} or by a file.
 *
 * <pre>{@code
 * TunnelNet net = TunnelNet.builder()
 *         .address(InetAddress.ofLiteral("10.0.0.2"))
 *         .dns(InetAddress.ofLiteral("10.0.0.1"))
 *         .tunnel(tunnel -> tunnel.privateKey(key).peer(serverKey, peer -> peer
 *                 .endpoint(server)
 *                 .allowedIp(IpPrefix.parse("10.0.0.0/24"))))
 *         .open();
 * }</pre>
 *
 * <p>For use by one thread.
 */
public final class TunnelNetBuilder {
    /**
     * The number of packets that wait for a session: a program may open thousands of connections as
     * the first thing, and a SYN that is lost costs it a second.
     */
    private static final int STAGED_PACKETS = 4096;

    /** The MTU that wg-quick sets on a link of 1500 bytes. */
    private static final int DEFAULT_MTU = 1420;

    private static final int MIN_MTU = 576;
    private static final int MIN_MTU_IPV6 = 1280;
    private static final int MAX_MTU = 65_535;
    private static final long MIN_TCP_MEMORY = 1 << 20;
    private static final int DNS_PORT = 53;
    private static final int MAX_NAME_BYTES = 15;
    private static final String SUFFIX = ".conf";
    private static final Logger LOG = LoggerFactory.getLogger(TunnelNet.class);
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final Map<InetAddress, Integer> addresses = new LinkedHashMap<>();
    private final List<InetSocketAddress> dnsServers = new ArrayList<>();
    private final List<String> searchDomains = new ArrayList<>();
    private final List<Consumer<Tunnel.Builder>> settings = new ArrayList<>();
    private String name = "net" + NUMBER.getAndIncrement();
    private int mtu = DEFAULT_MTU;
    private boolean system;
    private boolean resolvesAgain;
    private CongestionRule congestion = CongestionRule.CUBIC;
    private boolean any;
    private boolean answersPings = true;
    private TcpLimits limits = TcpLimits.DEFAULT;
    private long userTimeoutNs;

    TunnelNetBuilder() {}

    /** Makes an interface's name of a file's. */
    static String nameOf(Path file) {
        String text = Objects.toString(file.getFileName(), "");
        text = text.endsWith(SUFFIX) ? text.substring(0, text.length() - SUFFIX.length()) : text;
        text = text.replaceAll("[^A-Za-z0-9_=+.-]", "_");
        text = text.substring(0, Math.min(text.length(), MAX_NAME_BYTES));
        return text.isEmpty() || text.matches("\\.+|all|default") ? "net" : text;
    }

    /**
     * Names the tunnel, for logs.
     *
     * @param name at most 15 bytes, as interfaces of Linux have it
     * @return this builder
     */
    public TunnelNetBuilder name(String name) {
        this.name = Objects.requireNonNull(name, "name");
        return this;
    }

    /**
     * Takes everything from a configuration file of wg-quick.
     *
     * @param config its keys must not be wiped before {@link #open} returns
     * @return this builder
     */
    public TunnelNetBuilder config(TunnelConfig config) {
        config.addresses().forEach(each -> address(each.address(), each.prefixLength()));
        config.dnsServers().forEach(this::dns);
        config.dnsSearch().forEach(this::searchDomain);
        config.mtu().ifPresent(this::mtu);
        return tunnel(builder -> builder.config(config));
    }

    /**
     * Adds an own address.
     *
     * @param address IPv4 or IPv6
     * @return this builder
     */
    public TunnelNetBuilder address(InetAddress address) {
        return address(address, address instanceof Inet4Address ? 32 : 128);
    }

    /**
     * Adds an own address with the length of its network's prefix.
     *
     * @param address IPv4 or IPv6
     * @param prefixLength 0 to 32, or 0 to 128 for IPv6
     * @return this builder
     */
    public TunnelNetBuilder address(InetAddress address, int prefixLength) {
        Objects.requireNonNull(address, "address");
        int most = address instanceof Inet4Address ? 32 : 128;
        if (prefixLength < 0 || prefixLength > most) {
            throw new IllegalArgumentException(
                    "prefix length " + prefixLength + " is not from 0 to " + most);
        }
        addresses.put(address, prefixLength);
        return this;
    }

    /**
     * Adds a DNS server, which is asked through the tunnel. Without any, names are unknown.
     *
     * @param server its address; the port is 53
     * @return this builder
     */
    public TunnelNetBuilder dns(InetAddress server) {
        return dns(new InetSocketAddress(server, DNS_PORT));
    }

    /**
     * Adds a DNS server, which is asked through the tunnel.
     *
     * @param server its address and port
     * @return this builder
     * @throws IllegalArgumentException if it has no address
     */
    public TunnelNetBuilder dns(InetSocketAddress server) {
        if (server.isUnresolved()) {
            throw new IllegalArgumentException("DNS server " + server + " has no address");
        }
        dnsServers.add(server);
        return this;
    }

    /**
     * Adds a search domain, which is appended to names as resolv.conf does it.
     *
     * @param domain a domain
     * @return this builder
     */
    public TunnelNetBuilder searchDomain(String domain) {
        searchDomains.add(Objects.requireNonNull(domain, "domain"));
        return this;
    }

    /**
     * Sets the MTU, which must not be greater than what the path of the tunnel carries.
     *
     * @param bytes 576 to 65535, and at least 1280 for IPv6; 1420 by default
     * @return this builder
     */
    public TunnelNetBuilder mtu(int bytes) {
        if (bytes < MIN_MTU || bytes > MAX_MTU) {
            throw new IllegalArgumentException(
                    "MTU " + bytes + " is not from " + MIN_MTU + " to " + MAX_MTU);
        }
        mtu = bytes;
        return this;
    }

    /**
     * Chooses the congestion control of all TCP connections.
     *
     * <ul>
     *   <li>{@code cubic}, the default: CUBIC with HyStart++ (RFC 9438, RFC 9406);
     *   <li>{@code newreno}: NewReno (RFC 5681);
     *   <li>{@code cubic-tolerant}: CUBIC that spares the window on rare losses without a queue,
     *       for paths with random loss. No RFC specifies it, and it takes more than its share from
     *       other senders if a bottleneck has almost no buffer.
     * </ul>
     *
     * @param rule its name
     * @return this builder
     * @throws IllegalArgumentException if there is no such rule
     */
    public TunnelNetBuilder congestionControl(String rule) {
        congestion = CongestionRule.of(Objects.requireNonNull(rule, "rule"));
        return this;
    }

    /**
     * Ends TCP connections whose peer has not acknowledged data for a time (RFC 5482), with
     * "Connection timed out". A socket's {@link TunnelSocketOptions#TCP_USER_TIMEOUT} replaces it.
     *
     * @param timeout at least 1 ms; zero, the default, to try for about a quarter of an hour
     * @return this builder
     * @throws IllegalArgumentException if it is negative or less than 1 ms
     */
    public TunnelNetBuilder userTimeout(Duration timeout) {
        if (!timeout.isZero() && timeout.compareTo(Duration.ofMillis(1)) < 0) {
            throw new IllegalArgumentException("user timeout " + timeout + " is less than 1 ms");
        }
        boolean endless = timeout.compareTo(Duration.ofDays(36_500)) > 0;
        userTimeoutNs = endless ? 0 : timeout.toNanos();
        return this;
    }

    /**
     * Sets how much memory the data of all TCP connections together may take. When it is used up,
     * windows close until programs read; connections are still taken.
     *
     * @param bytes at least 1 MiB; 64 MiB by default
     * @return this builder
     * @throws IllegalArgumentException if it is less
     */
    public TunnelNetBuilder tcpMemory(long bytes) {
        if (bytes < MIN_TCP_MEMORY) {
            throw new IllegalArgumentException(
                    "memory for TCP: " + bytes + " bytes are less than " + MIN_TCP_MEMORY);
        }
        limits = limits.withMemory(bytes);
        return this;
    }

    /**
     * Sets how large the send buffer and the receive buffer of a connection may grow by themselves.
     * A connection transfers at most one of them in a round trip: 16 MiB are 1.3 Gbit/s at 100 ms.
     * Each buffer may grow to 4 MiB; beyond that only the first few, so that all such parts
     * together take at most half of {@link #tcpMemory}, and send buffers only with {@code
     * cubic-tolerant}, because other rules would fill a queue with them. {@code setSendBufferSize}
     * and {@code setReceiveBufferSize} of a socket replace it.
     *
     * @param bytes 65,536 to 67,108,864; 16 MiB by default
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public TunnelNetBuilder maxTcpBuffer(int bytes) {
        limits = limits.withMaxBuffer(bytes);
        return this;
    }

    /**
     * Sets how many connections may be half open, that is wait for the last packet of their
     * handshake. Beyond it SYN cookies serve, for which no memory is needed.
     *
     * @param ofListener for each listening port, 1 to 4096; 128 by default
     * @param ofPeer of them for one peer address, 1 to {@code ofListener}; 32 by default
     * @return this builder
     * @throws IllegalArgumentException if one is out of range
     */
    public TunnelNetBuilder halfOpenConnections(int ofListener, int ofPeer) {
        limits = limits.withHalfOpen(ofListener, ofPeer);
        return this;
    }

    /**
     * Leaves pings of peers (ICMP echo requests) without an answer. {@link TunnelNet#ping} works in
     * any case.
     *
     * @return this builder
     */
    public TunnelNetBuilder ignorePings() {
        answersPings = false;
        return this;
    }

    /**
     * Asks the system's resolver for all names, and not the tunnel's servers: for tunnels to hosts
     * that have public names. The questions go outside the tunnel, so that others see them.
     *
     * @return this builder
     */
    public TunnelNetBuilder systemResolver() {
        system = true;
        return this;
    }

    /**
     * Takes packets to all addresses, not only the own ones, so that {@link TunnelNet#fallback}
     * sees connections to whatever peers send here, as on an exit node.
     *
     * @return this builder
     */
    public TunnelNetBuilder anyDestination() {
        any = true;
        return this;
    }

    /**
     * Makes {@code Socket.connect} resolve the host name of an address again that was resolved by
     * another resolver, as by {@code new InetSocketAddress("db", 5432)}.
     *
     * @return this builder
     */
    public TunnelNetBuilder resolveAgain() {
        resolvesAgain = true;
        return this;
    }

    /**
     * Changes the tunnel: its key, port, peers, listeners and loops.
     *
     * @param change called by {@link #open}
     * @return this builder
     */
    public TunnelNetBuilder tunnel(Consumer<Tunnel.Builder> change) {
        settings.add(Objects.requireNonNull(change, "change"));
        return this;
    }

    /**
     * Starts the tunnel.
     *
     * @return the network behind it; the caller closes it
     * @throws java.net.BindException if another socket has the UDP port
     * @throws IOException if the tunnel cannot start for another reason
     * @throws IllegalArgumentException if there is no address, or the MTU is too small for one
     */
    public TunnelNet open() throws IOException {
        if (addresses.isEmpty()) {
            throw new IllegalArgumentException(
                    "tunnel " + name + " has no address: its file needs Address in [Interface]");
        }
        boolean ipv4 = addresses.keySet().stream().anyMatch(Inet4Address.class::isInstance);
        boolean ipv6 = !addresses.keySet().stream().allMatch(Inet4Address.class::isInstance);
        if (ipv6 && mtu < MIN_MTU_IPV6) {
            throw new IllegalArgumentException(
                    "MTU "
                            + mtu
                            + " is below "
                            + MIN_MTU_IPV6
                            + ", which IPv6 needs: use a larger MTU, or no IPv6 address");
        }
        NetStackTun tun = tun();
        AtomicReference<SocketStack> sockets = new AtomicReference<>();
        Names names = new Names(name, resolver(sockets, ipv4, ipv6), system);
        sockets.set(new SocketStack(tun, names, resolvesAgain));
        Tunnel.Builder builder = Tunnel.builder(tun).stagedPackets(STAGED_PACKETS);
        settings.forEach(change -> change.accept(builder));
        Tunnel tunnel = builder.start();
        return new TunnelNet(tunnel, tun, sockets.get(), names, List.copyOf(addresses.keySet()));
    }

    private NetStackTun tun() {
        NetStack stack =
                new NetStack(
                        StackOptions.DEFAULT
                                .withMtu(mtu)
                                .withAnyDestination(any)
                                .withEcho(answersPings)
                                .withTcpLimits(limits)
                                .withTcp(
                                        TcpOptions.DEFAULT
                                                .withCongestion(congestion)
                                                .withUserTimeout(userTimeoutNs)),
                        new SecureRandom());
        List<OwnAddress> own = new ArrayList<>();
        addresses.forEach(
                (address, length) -> own.add(new OwnAddress(IpAddress.of(address), length)));
        stack.setOwnAddresses(own);
        stack.tcp().setWatcher(StackLog.of(name));
        NetStackTun tun = new NetStackTun(name, stack, mtu);
        tun.setFailureHandler(e -> LOG.error("{}: the stack failed; it goes on", name, e));
        return tun;
    }

    private DnsResolver resolver(AtomicReference<SocketStack> sockets, boolean ipv4, boolean ipv6) {
        if (dnsServers.isEmpty()) {
            return null;
        }
        DnsOptions options = new DnsOptions(dnsServers, searchDomains, ipv4, ipv6);
        return new DnsResolver(
                options,
                new DnsSockets() {
                    @Override
                    public DatagramSocket datagram() throws IOException {
                        DatagramSocket socket = sockets.get().datagramSocket();
                        socket.bind(null);
                        return socket;
                    }

                    @Override
                    public Socket connect(InetSocketAddress server, Duration timeout)
                            throws IOException {
                        Socket socket = sockets.get().socket(false);
                        socket.connect(server, Math.toIntExact(timeout.toMillis()));
                        return socket;
                    }
                });
    }
}
