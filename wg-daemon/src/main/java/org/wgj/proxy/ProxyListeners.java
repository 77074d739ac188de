// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.netstack.proxy.ConnectionHandler;
import org.wgj.netstack.proxy.Connections;
import org.wgj.netstack.proxy.Dialer;
import org.wgj.netstack.proxy.DnsListener;
import org.wgj.netstack.proxy.ForwardHandler;
import org.wgj.netstack.proxy.HostAndPort;
import org.wgj.netstack.proxy.HttpHandler;
import org.wgj.netstack.proxy.PacFile;
import org.wgj.netstack.proxy.ProxyLimits;
import org.wgj.netstack.proxy.SniHandler;
import org.wgj.netstack.proxy.Socks5Handler;
import org.wgj.netstack.proxy.SystemDialer;
import org.wgj.netstack.proxy.TcpServer;
import org.wgj.netstack.proxy.TlsFiles;
import org.wgj.netstack.proxy.UdpForward;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import javax.net.ssl.SSLContext;

/**
 * The running listeners of a configuration. A reload starts and stops only those that differ, and
 * the connections of all go on. Owned by the thread of {@link ProxyProcess}.
 */
final class ProxyListeners implements AutoCloseable {
    private final ProxyTunnel tunnel;
    private final Connections connections;
    private final Connections inbound;
    private final Map<String, Running> running = new LinkedHashMap<>();

    /** Something that listens at a place. */
    private sealed interface Running extends AutoCloseable {
        ProxySection section();

        InetSocketAddress address();

        @Override
        void close();

        record Tcp(ProxySection section, TcpServer server) implements Running {
            @Override
            public InetSocketAddress address() {
                return server.address();
            }

            @Override
            public void close() {
                server.close();
            }
        }

        record Udp(ProxySection section, UdpForward forward) implements Running {
            @Override
            public InetSocketAddress address() {
                return forward.address();
            }

            @Override
            public void close() {
                forward.close();
            }
        }

        record Dns(ProxySection section, DnsListener udp, TcpServer tcp) implements Running {
            @Override
            public InetSocketAddress address() {
                return udp.address();
            }

            @Override
            public void close() {
                udp.close();
                tcp.close();
            }
        }
    }

    /**
     * @param connections those of clients outside of the tunnel
     * @param inbound those of clients in the tunnel, who must not take the places of the others
     */
    ProxyListeners(ProxyTunnel tunnel, Connections connections, Connections inbound) {
        this.tunnel = tunnel;
        this.connections = connections;
        this.inbound = inbound;
    }

    /**
     * Makes the listeners those of a configuration.
     *
     * @return the problems; a listener with a problem is not there, the others are
     * @throws IOException if a file that TLS needs is wrong; nothing has changed then
     */
    List<String> apply(ProxyConfig config) throws IOException {
        Dialer dialer = TargetRules.of(config).dialer(tunnel);
        Map<String, ProxySection> wanted = places(config.sections());
        Map<String, ConnectionHandler> handlers = new HashMap<>();
        for (Map.Entry<String, ProxySection> each : wanted.entrySet()) {
            ConnectionHandler handler = handler(each.getValue(), dialer, config);
            if (handler != null) {
                handlers.put(each.getKey(), handler);
            }
        }
        for (String place : List.copyOf(running.keySet())) {
            if (!stays(running.get(place), wanted.get(place))) {
                running.remove(place).close();
            }
        }
        List<String> problems = new ArrayList<>();
        for (Map.Entry<String, ProxySection> each : wanted.entrySet()) {
            String place = each.getKey();
            ConnectionHandler handler = handlers.get(place);
            if (running.get(place) instanceof Running.Tcp(var _, TcpServer server)) {
                server.setHandler(handler);
                running.put(place, new Running.Tcp(each.getValue(), server));
            } else if (running.get(place) instanceof Running.Udp(var section, UdpForward forward)
                    && section instanceof ProxySection.UdpClient) {
                forward.setDialer(dialer); // the rules may have changed
            } else if (!running.containsKey(place)) {
                try {
                    running.put(place, start(each.getValue(), handler, dialer));
                } catch (IOException e) {
                    problems.add("[" + each.getValue().name() + "]: " + e.getMessage());
                }
            }
        }
        return problems;
    }

    /** A TCP server gets another handler; everything else stays only if it is wanted as it is. */
    private static boolean stays(Running one, ProxySection wantedOrNull) {
        return one instanceof Running.Tcp
                ? wantedOrNull != null
                : one.section().equals(wantedOrNull);
    }

    /**
     * Returns the sections by their addresses; two at one address would get in each other's way.
     */
    private static Map<String, ProxySection> places(List<ProxySection> sections)
            throws IOException {
        Map<String, ProxySection> places = new LinkedHashMap<>();
        int number = 0;
        for (ProxySection section : sections) {
            number++;
            String place =
                    switch (section) {
                        case ProxySection.TcpListening one -> place("TCP ", one.bind(), number);
                        case ProxySection.TcpServer one ->
                                one.listenPort() == 0
                                        ? "TCP in the tunnel " + number
                                        : "TCP port " + one.listenPort() + " in the tunnel";
                        case ProxySection.UdpClient one -> place("UDP ", one.bind(), number);
                        case ProxySection.UdpServer one ->
                                one.listenPort() == 0
                                        ? "UDP in the tunnel " + number
                                        : "UDP port " + one.listenPort() + " in the tunnel";
                        case ProxySection.Dns one -> place("UDP ", one.bind(), number);
                        case ProxySection.Stdio one -> null;
                    };
            if (place != null && places.put(place, section) != null) {
                throw new IOException("two sections listen on " + place);
            }
        }
        return places;
    }

    private static String place(String protocol, HostAndPort bind, int number) {
        return protocol + bind + (bind.port() == 0 ? " (" + number + ")" : "");
    }

    /** Connects from the tunnel to hosts outside, whose names are the tunnel's as in wireproxy. */
    private Dialer outward() {
        return tunnel.hasNameServers() ? new SystemDialer(tunnel.dialer()) : new SystemDialer();
    }

    /** Returns null for a section that has no connections. */
    private ConnectionHandler handler(ProxySection section, Dialer dialer, ProxyConfig config)
            throws IOException {
        return switch (section) {
            case ProxySection.Socks5 one -> new Socks5Handler(dialer, one.credentialsOrNull());
            case ProxySection.Http one -> {
                SSLContext tls =
                        one.certificatesOrNull() == null
                                ? null
                                : TlsFiles.server(one.certificatesOrNull(), one.keyOrNull());
                PacFile pac = one.pac() ? Pac.of(config.tunnel(), tunnel) : null;
                yield new HttpHandler(dialer, one.credentialsOrNull(), tls, pac);
            }
            case ProxySection.Sni one -> new SniHandler(dialer);
            case ProxySection.TcpClient one -> new ForwardHandler(dialer, one.target());
            case ProxySection.TcpServer one -> new ForwardHandler(outward(), one.target());
            case ProxySection.UdpClient one -> null;
            case ProxySection.UdpServer one -> null;
            case ProxySection.Dns one -> null;
            case ProxySection.Stdio one -> null;
        };
    }

    private Running start(ProxySection section, ConnectionHandler handlerOrNull, Dialer dialer)
            throws IOException {
        String name = section.name();
        int flows = ProxyLimits.DEFAULT.datagramFlows();
        return switch (section) {
            case ProxySection.TcpListening one -> {
                ServerSocket listening = Bindings.tcp(one.bind());
                yield new Running.Tcp(
                        section, TcpServer.start(name, listening, handlerOrNull, connections));
            }
            case ProxySection.TcpServer one -> {
                ServerSocket listening = tunnel.dialer().listen(one.listenPort());
                yield new Running.Tcp(
                        section, TcpServer.start(name, listening, handlerOrNull, inbound));
            }
            case ProxySection.UdpClient one -> {
                DatagramSocket clients = Bindings.udp(one.bind());
                yield new Running.Udp(
                        section,
                        UdpForward.start(
                                name, clients, dialer, one.target(), one.idleOrNull(), flows));
            }
            case ProxySection.UdpServer one -> {
                DatagramSocket clients = tunnel.dialer().datagram(one.listenPort());
                yield new Running.Udp(
                        section,
                        UdpForward.start(
                                name, clients, outward(), one.target(), one.idleOrNull(), flows));
            }
            case ProxySection.Dns one -> dns(one);
            case ProxySection.Stdio one -> throw new IllegalStateException("listens nowhere");
        };
    }

    private Running dns(ProxySection.Dns section) throws IOException {
        DatagramSocket udp = Bindings.udp(section.bind());
        ServerSocket tcp;
        try {
            // The same port for both, also if the system has chosen it.
            tcp = Bindings.tcp(new HostAndPort(section.bind().host(), udp.getLocalPort()));
        } catch (IOException e) {
            udp.close();
            throw e;
        }
        DnsListener listener = DnsListener.start(section.name(), udp, tunnel::answerDns);
        return new Running.Dns(
                section, listener, TcpServer.start(section.name(), tcp, listener, connections));
    }

    /** Returns a line for each listener. */
    List<String> describe() {
        List<String> lines = new ArrayList<>();
        for (Map.Entry<String, Running> each : running.entrySet()) {
            InetSocketAddress address = each.getValue().address();
            boolean inside = each.getKey().endsWith("in the tunnel");
            lines.add(
                    each.getValue().section().name()
                            + " on "
                            + (inside
                                    ? each.getKey()
                                    : new HostAndPort(
                                                    address.getAddress().getHostAddress(),
                                                    address.getPort())
                                            .toString()));
        }
        return lines;
    }

    /** Returns where the listener of a section is; null if it does not run. */
    InetSocketAddress addressOf(ProxySection section) {
        return running.values().stream()
                .filter(one -> one.section().equals(section))
                .map(Running::address)
                .findFirst()
                .orElse(null);
    }

    /** Stops listening. Connections go on. */
    @Override
    public void close() {
        running.values().forEach(Running::close);
        running.clear();
    }
}
