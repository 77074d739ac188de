// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.netstack.proxy.HostAndPort;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.TunnelConfig;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Reads [Interface] and [Peer] as wireproxy does. Beyond it, what wg-quick allows is allowed too: a
 * range without length, {@code off} for the keepalive, search domains, and further lines of a list.
 */
final class WireguardSections {
    private static final int DEFAULT_MTU = 1420;
    private static final int MIN_MTU = 576; // of the stack; RFC 791
    private static final int MAX_MTU = 65_535;
    private static final int MAX_SECONDS = 65_535;

    /** The allowed IPs of a peer that names none. */
    static final List<IpPrefix> EVERYTHING =
            List.of(IpPrefix.parse("0.0.0.0/0"), IpPrefix.parse("::/0"));

    private static final String NOT_HERE = "has no effect here: there is no interface";

    private final IniFile file;
    private final BiFunction<IniFile, IniFile.Section, SectionReader> readers;
    private List<InetAddress> checkAlive = List.of();
    private Duration checkAliveInterval = ProxyConfig.DEFAULT_CHECK;

    WireguardSections(IniFile file, BiFunction<IniFile, IniFile.Section, SectionReader> readers) {
        this.file = file;
        this.readers = readers;
    }

    List<InetAddress> checkAlive() {
        return checkAlive;
    }

    Duration checkAliveInterval() {
        return checkAliveInterval;
    }

    /** Returns the tunnel; the caller wipes it. */
    TunnelConfig read() throws ProxyFileException {
        List<IniFile.Section> interfaces = file.sections("Interface");
        if (interfaces.size() != 1) {
            int line = interfaces.isEmpty() ? 0 : interfaces.get(1).line();
            throw new ProxyFileException(
                    file.source(), line, null, null, "one and only one [Interface] is expected");
        }
        List<IniFile.Section> sections = file.sections("Peer");
        if (sections.isEmpty()) {
            throw new ProxyFileException(
                    file.source(), 0, null, null, "at least one [Peer] is expected");
        }
        SectionReader in = readers.apply(file, interfaces.getFirst());
        PrivateKey key = in.secret("PrivateKey", true, PrivateKey::fromBase64);
        if (key == null) {
            throw in.problem("PrivateKey", "should not be empty; make one with: wgj genkey");
        }
        List<TunnelConfig.Peer> peers = new ArrayList<>();
        boolean complete = false;
        try {
            Set<PublicKey> keys = new HashSet<>();
            for (IniFile.Section section : sections) {
                SectionReader peer = readers.apply(file, section);
                peers.add(peer(peer));
                if (!keys.add(peers.getLast().publicKey())) {
                    throw peer.problem("PublicKey", "another peer has the same one");
                }
            }
            TunnelConfig config = tunnel(in, key, peers);
            complete = true;
            return config;
        } finally {
            if (!complete) {
                key.wipe();
                for (TunnelConfig.Peer peer : peers) {
                    if (peer.presharedKey() != null) {
                        peer.presharedKey().wipe();
                    }
                }
            }
        }
    }

    private TunnelConfig tunnel(SectionReader in, PrivateKey key, List<TunnelConfig.Peer> peers)
            throws ProxyFileException {
        List<TunnelConfig.Address> addresses = in.list("Address", WireguardSections::address);
        if (addresses.isEmpty()) {
            throw in.problem("Address", "should not be empty");
        }
        List<InetAddress> servers = new ArrayList<>();
        List<String> domains = new ArrayList<>();
        for (String each : in.list("DNS", word -> word)) {
            if (HostLiteral.is(each)) {
                servers.add(HostLiteral.address(each));
            } else if (each.matches("~?[A-Za-z0-9._-]+") && !each.matches("[0-9.]+")) {
                domains.add(each);
            } else {
                throw in.problem("DNS", "expected IPv4 or IPv6 addresses");
            }
        }
        Integer mtu = in.number("MTU", MIN_MTU, MAX_MTU, "expected bytes from 576 to 65535");
        Integer port = in.number("ListenPort", 0, 65_535, "expected a port from 0 to 65535");
        checkAlive = in.list("CheckAlive", HostLiteral::address);
        Integer seconds =
                in.number("CheckAliveInterval", 1, MAX_SECONDS, "expected seconds from 1 to 65535");
        if (seconds != null) {
            if (checkAlive.isEmpty()) {
                throw in.problem("CheckAliveInterval", "is only valid when CheckAlive is set");
            }
            checkAliveInterval = Duration.ofSeconds(seconds);
        }
        in.ignore("has no effect here: nothing is routed", "Table", "FwMark");
        in.ignore("is not run here", "PreUp", "PostUp", "PreDown", "PostDown");
        in.ignore(NOT_HERE, "SaveConfig");
        in.reportUnknown();
        return new TunnelConfig(
                key,
                port == null ? OptionalInt.empty() : OptionalInt.of(port),
                OptionalInt.empty(),
                addresses,
                servers,
                domains,
                OptionalInt.of(mtu == null ? DEFAULT_MTU : mtu),
                peers);
    }

    private static TunnelConfig.Peer peer(SectionReader in) throws ProxyFileException {
        PublicKey publicKey = in.required("PublicKey", PublicKey::fromBase64);
        String endpointText = in.literal("Endpoint");
        HostAndPort endpoint = null;
        if (endpointText != null) {
            try {
                endpoint = SectionReader.withPort(endpointText);
            } catch (IllegalArgumentException e) {
                throw in.problem("Endpoint", e.getMessage());
            }
        }
        String keepaliveText = in.literal("PersistentKeepalive");
        OptionalInt keepalive = OptionalInt.empty();
        if ("off".equalsIgnoreCase(keepaliveText)) {
            keepalive = OptionalInt.of(0);
        } else if (keepaliveText != null) {
            keepalive =
                    OptionalInt.of(
                            in.number(
                                    "PersistentKeepalive",
                                    0,
                                    MAX_SECONDS,
                                    "expected off or seconds from 0 to 65535"));
        }
        List<IpPrefix> ranges = in.list("AllowedIPs", WireguardSections::range);
        if (ranges.isEmpty()) {
            ranges = EVERYTHING;
        }
        PresharedKey presharedKey = in.secret("PresharedKey", false, PresharedKey::fromBase64);
        in.reportUnknown();
        return new TunnelConfig.Peer(
                publicKey,
                presharedKey,
                endpoint == null
                        ? null
                        : new TunnelConfig.Endpoint(endpoint.host(), endpoint.port()),
                keepalive,
                ranges);
    }

    /** The prefix means nothing here, because there are no routes. */
    private static TunnelConfig.Address address(String text) {
        int slash = text.indexOf('/');
        InetAddress address = HostLiteral.address(slash < 0 ? text : text.substring(0, slash));
        int bits = address.getAddress().length * Byte.SIZE;
        if (slash >= 0
                && (!text.substring(slash + 1).matches("[0-9]{1,3}")
                        || Integer.parseInt(text.substring(slash + 1)) > bits)) {
            throw new IllegalArgumentException("prefix length must be from 0 to " + bits);
        }
        return new TunnelConfig.Address(address, bits);
    }

    private static IpPrefix range(String text) {
        try {
            return IpPrefix.parseNetwork(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "expected IPv4 or IPv6 addresses with /length, parted by commas", e);
        }
    }
}
