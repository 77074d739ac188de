// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * Keys and sections of other programs that look like those of a configuration file, with advice
 * about them.
 */
enum ForeignName {
    AMNEZIA(
            "Jc|Jmin|Jmax|[SH][1-4]|I[1-5]|J[1-3]|Itime|AdvancedSecurity",
            "",
            "AmneziaWG, another protocol that disguises WireGuard's packets; wgj speaks WireGuard"
                    + " alone: ask for a file without Jc, Jmin, Jmax, S1, H1, I1 and the like"),
    WARP(
            "Reserved",
            "",
            "clients of Cloudflare's WARP, which change three bytes of every packet that are zero"
                    + " in WireGuard; wgj leaves them zero: leave the line out"),
    WIREPROXY(
            "WGConfig|CheckAlive|CheckAliveInterval",
            "Socks5|http|TCPClientTunnel|TCPServerTunnel|STDIOTunnel|UDPProxyTunnel|Resolve",
            "wireproxy, a proxy without an interface: leave it out"),
    ANDROID(
            "(Included|Excluded)Applications",
            "",
            "WireGuard's app for Android: leave the line out"),
    WIRESOCK(
            "(Disa|A)llowedApps|DisallowedIPs|Socks5Proxy.*",
            "",
            "WireSock, a client for Windows: leave the line out"),
    NETWORKD(
            "(Private|Preshared)KeyFile|FirewallMark|RouteTable|RouteMetric",
            "NetDev|WireGuardPeer|Match|Network|Link|Route|RoutingPolicyRule",
            "systemd-networkd, whose files are others: write [Interface] with PrivateKey and"
                    + " Address, and [Peer]"),
    NETWORK_MANAGER(
            "peer-routes|(private|preshared)-key-flags",
            "connection|wireguard-peer\\..*|ipv4|ipv6|proxy",
            "NetworkManager, whose files are others: write [Interface] with PrivateKey and Address,"
                    + " and [Peer]"),
    NETWORKD_OR_MANAGER(
            "",
            "WireGuard",
            "systemd-networkd and NetworkManager, whose files are others: write [Interface] with"
                    + " PrivateKey and Address, and [Peer]");

    private final Pattern keys;
    private final Pattern sections;
    private final String owner;

    ForeignName(String keys, String sections, String owner) {
        this.keys = Pattern.compile(keys, Pattern.CASE_INSENSITIVE);
        this.sections = Pattern.compile(sections, Pattern.CASE_INSENSITIVE);
        this.owner = owner;
    }

    /** Returns whose key it is and what to do; null if it is not known. */
    static String explainKey(String key) {
        return Arrays.stream(values())
                .filter(one -> !key.isEmpty() && one.keys.matcher(key).matches())
                .findFirst()
                .map(one -> key + " is a key of " + one.owner)
                .orElse(null);
    }

    /**
     * Returns whose section it is and what to do; null if it is not known.
     *
     * @param section without its brackets
     */
    static String explainSection(String section) {
        return Arrays.stream(values())
                .filter(one -> !section.isEmpty() && one.sections.matcher(section).matches())
                .findFirst()
                .map(one -> "this is a section of " + one.owner)
                .orElse(null);
    }
}
