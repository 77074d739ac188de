// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.claim.TunnelClaim;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.netstack.TunnelNet;
import org.wgj.netstack.dns.DnsOptions;
import org.wgj.netstack.dns.DnsRelay;
import org.wgj.netstack.dns.DnsResolver;
import org.wgj.netstack.dns.DnsSockets;
import org.wgj.netstack.proxy.Dialer;
import org.wgj.netstack.proxy.FunctionDialer;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelConfig;
import org.wgj.tunnel.TunnelEditor;
import org.wgj.tunnel.TunnelStatus;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/** The tunnel of a {@link TunnelNet}. */
final class NetstackTunnel implements ProxyTunnel {
    /** What the tunnel of a process with one tunnel is called in messages. */
    static final String NAME = "proxy";

    private static final int DNS_PORT = 53;

    private final TunnelNet net;
    private final boolean ipv4;
    private final boolean ipv6;
    private final DnsResolver dnsOrNull;
    private final DnsRelay relayOrNull;
    private final Dialer dialer;
    private final List<TunnelConfig.Address> addresses;
    private final List<InetAddress> servers;
    private final List<String> domains;
    private final int mtu;
    private volatile AllowedRanges ranges;
    private Map<PublicKey, TunnelConfig.Endpoint> endpoints; // of the file; one thread reloads

    private NetstackTunnel(TunnelNet net, TunnelConfig config) {
        this.net = net;
        dialer = new FunctionDialer(net::connect, net::datagram, net::listen, net::resolve);
        addresses = config.addresses();
        servers = config.dnsServers();
        domains = config.dnsSearch();
        mtu = config.mtu().orElse(0);
        ipv4 = addresses.stream().anyMatch(one -> one.address() instanceof Inet4Address);
        ipv6 = addresses.stream().anyMatch(one -> !(one.address() instanceof Inet4Address));
        ranges = new AllowedRanges(config.peers());
        endpoints = endpoints(config);
        if (servers.isEmpty()) {
            dnsOrNull = null;
            relayOrNull = null;
        } else {
            dnsOrNull = resolver(servers);
            relayOrNull = new DnsRelay(dnsOrNull);
        }
    }

    /**
     * Starts a tunnel. Without name servers in the file, names are the system's, as in wireproxy.
     */
    static NetstackTunnel open(TunnelConfig config, TcpSettings tcp) throws IOException {
        return open(NAME, config, tcp);
    }

    /**
     * Starts the tunnel of a file that is claimed.
     *
     * @param claim closed if this fails
     */
    static NetstackTunnel open(String name, ProxyConfig config, TunnelClaim claim)
            throws IOException {
        try {
            return open(name, config.tunnel(), config.tcp());
        } catch (IOException | RuntimeException | Error e) {
            claim.close();
            throw e;
        }
    }

    /**
     * @param name in messages
     */
    static NetstackTunnel open(String name, TunnelConfig config, TcpSettings tcp)
            throws IOException {
        return open(name, config, tcp, _ -> {});
    }

    /**
     * @param more settings of the tunnel, for tests
     */
    static NetstackTunnel open(
            String name, TunnelConfig config, TcpSettings tcp, Consumer<Tunnel.Builder> more)
            throws IOException {
        var builder = TunnelNet.builder().name(name).config(config).tunnel(more);
        tcp.apply(builder);
        if (config.dnsServers().isEmpty()) {
            builder.systemResolver();
        }
        return new NetstackTunnel(builder.open(), config);
    }

    TunnelNet net() {
        return net;
    }

    private static Map<PublicKey, TunnelConfig.Endpoint> endpoints(TunnelConfig config) {
        Map<PublicKey, TunnelConfig.Endpoint> endpoints = new HashMap<>();
        config.peers().forEach(peer -> endpoints.put(peer.publicKey(), peer.endpoint()));
        return endpoints;
    }

    private DnsSockets dnsSockets() {
        return new DnsSockets() {
            @Override
            public DatagramSocket datagram() throws IOException {
                return net.datagram(0);
            }

            @Override
            public Socket connect(InetSocketAddress server, Duration timeout) throws IOException {
                return net.connect(server.getAddress().getHostAddress(), server.getPort(), timeout);
            }
        };
    }

    private DnsResolver resolver(List<InetAddress> at) {
        return new DnsResolver(
                new DnsOptions(
                        at.stream().map(one -> new InetSocketAddress(one, DNS_PORT)).toList(),
                        domains,
                        ipv4,
                        ipv6),
                dnsSockets());
    }

    /** Asks one name server; see {@link ProxyClient#ask}. */
    List<InetAddress> ask(InetAddress server, String host) throws UnknownHostException {
        try (DnsResolver resolver = resolver(List.of(server))) {
            return List.of(resolver.resolve(host));
        }
    }

    @Override
    public Dialer dialer() {
        return dialer;
    }

    @Override
    public boolean hasNameServers() {
        return !servers.isEmpty();
    }

    @Override
    public boolean covers(InetAddress address) {
        return ranges.cover(address);
    }

    @Override
    public boolean coversEverything() {
        return (!ipv4 || ranges.coverAll(false)) && (!ipv6 || ranges.coverAll(true));
    }

    @Override
    public byte[] answerDns(byte[] bytes, int length, boolean tcp) {
        return relayOrNull == null ? null : relayOrNull.answer(bytes, length, tcp);
    }

    @Override
    public Duration ping(InetAddress address, Duration timeout) throws IOException {
        return net.ping(address, timeout);
    }

    @Override
    public TunnelStatus status() {
        return net.tunnel().status().join();
    }

    @Override
    public String change(TunnelConfig config) throws IOException {
        Map<PublicKey, TunnelConfig.Endpoint> changed = endpoints(config);
        Map<PublicKey, InetSocketAddress> resolved = new HashMap<>();
        List<String> warnings = new ArrayList<>();
        for (TunnelConfig.Peer peer : config.peers()) {
            TunnelConfig.Endpoint endpoint = peer.endpoint();
            if (endpoint != null && endpoint.port() == 0) {
                throw new IOException("endpoint " + endpoint + " has port 0");
            }
            // An endpoint that is the same in the file may have moved meanwhile, and stays.
            if (endpoint != null && !endpoint.equals(endpoints.get(peer.publicKey()))) {
                try {
                    resolved.put(
                            peer.publicKey(),
                            new InetSocketAddress(
                                    InetAddress.getByName(endpoint.host()), endpoint.port()));
                } catch (UnknownHostException e) {
                    // A name without address must not keep peers that the file has no longer.
                    changed.put(peer.publicKey(), endpoints.get(peer.publicKey()));
                    warnings.add(
                            "cannot resolve "
                                    + endpoint
                                    + ": that peer's endpoint stays as it was; while the peer does"
                                    + " not answer, the name is tried again");
                }
            }
        }
        TunnelStatus now = status();
        net.tunnel().watchNames(config.peers()); // before the endpoints change
        try {
            net.tunnel().configure(editor -> edit(editor, config, now, resolved)).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException(e.getCause().getMessage(), e);
        }
        ranges = new AllowedRanges(config.peers());
        endpoints = changed;
        boolean same =
                addresses.equals(config.addresses())
                        && servers.equals(config.dnsServers())
                        && domains.equals(config.dnsSearch())
                        && mtu == config.mtu().orElse(0);
        if (!same) {
            warnings.add("changes of Address, DNS and MTU need a restart");
        }
        return warnings.isEmpty() ? null : String.join("; ", warnings);
    }

    private static void edit(
            TunnelEditor editor,
            TunnelConfig config,
            TunnelStatus now,
            Map<PublicKey, InetSocketAddress> endpoints)
            throws IOException {
        if (config.privateKey() != null
                && !config.privateKey().publicKey().equals(now.publicKey())) {
            editor.privateKey(config.privateKey());
        }
        if (config.listenPort().isPresent()
                && config.listenPort().getAsInt() != now.listenPort()
                && config.listenPort().getAsInt() != 0) {
            editor.listenPort(config.listenPort().getAsInt());
        }
        Set<PublicKey> wanted = new HashSet<>();
        config.peers().forEach(peer -> wanted.add(peer.publicKey()));
        for (PeerStatus peer : now.peers()) {
            if (!wanted.contains(peer.publicKey())) {
                editor.removePeer(peer.publicKey());
            }
        }
        for (TunnelConfig.Peer peer : config.peers()) {
            TunnelEditor.PeerEditor one = editor.addPeer(peer.publicKey());
            one.presharedKey(peer.presharedKey() == null ? PresharedKey.NONE : peer.presharedKey());
            int keepalive = peer.persistentKeepalive().orElse(0);
            PeerStatus before =
                    now.peers().stream()
                            .filter(each -> each.publicKey().equals(peer.publicKey()))
                            .findFirst()
                            .orElse(null);
            if (before == null || before.persistentKeepaliveSeconds() != keepalive) {
                one.persistentKeepalive(keepalive); // it would send a packet at once
            }
            if (endpoints.containsKey(peer.publicKey())) {
                one.endpoint(endpoints.get(peer.publicKey()));
            }
            one.removeAllowedIps();
            peer.allowedIps().forEach(one::allowedIp);
        }
    }

    @Override
    public void close() {
        if (dnsOrNull != null) {
            dnsOrNull.close();
        }
        net.close();
    }
}
