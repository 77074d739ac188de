// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.netstack.proxy.PacFile;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.TunnelConfig;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Derives the script for browsers from the tunnel's ranges and search domains. */
final class Pac {
    private static final int IPV4_BITS = 32;

    private Pac() {}

    static PacFile of(TunnelConfig config, ProxyTunnel tunnel) {
        List<String> domains =
                config.dnsSearch().stream()
                        .map(domain -> domain.startsWith("~") ? domain.substring(1) : domain)
                        .filter(domain -> domain.matches("[A-Za-z0-9][A-Za-z0-9._-]*"))
                        .toList();
        List<String> networks = new ArrayList<>();
        List<String> networks6 = new ArrayList<>();
        for (TunnelConfig.Peer peer : config.peers()) {
            for (IpPrefix range : peer.allowedIps()) {
                if (range.ipv6()) {
                    networks6.add(
                            HexFormat.of().toHexDigits(range.high())
                                    + HexFormat.of().toHexDigits(range.low())
                                    + " "
                                    + range.length());
                } else {
                    int mask = range.length() == 0 ? 0 : -1 << (IPV4_BITS - range.length());
                    networks.add(dotted((int) range.low()) + " " + dotted(mask));
                }
            }
        }
        return new PacFile(tunnel.coversEverything(), domains, networks, networks6);
    }

    private static String dotted(int address) {
        return (address >>> 24)
                + "."
                + (address >>> 16 & 0xff)
                + "."
                + (address >>> 8 & 0xff)
                + "."
                + (address & 0xff);
    }
}
