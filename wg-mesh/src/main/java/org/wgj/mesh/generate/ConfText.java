// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.generate;

import org.wgj.crypto.PrivateKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.util.List;
import java.util.stream.Collectors;

/** Writes the file of one node in one plane, as wg-quick reads it. */
final class ConfText {
    /** The guide's file for a private key. */
    private static final String KEY_FILE = "/etc/wireguard/private.key";

    private final NodeList list;
    private final PeerEntries links;
    private final PlaneFiles plane;
    private final MeshKeys keys;
    private final boolean psk;
    private final StringBuilder out = new StringBuilder();

    private ConfText(
            NodeList list, PeerEntries links, PlaneFiles plane, MeshKeys keys, boolean psk) {
        this.list = list;
        this.links = links;
        this.plane = plane;
        this.keys = keys;
        this.psk = psk;
    }

    static String of(
            NodeList list,
            PeerEntries links,
            PlaneFiles plane,
            MeshKeys keys,
            boolean psk,
            ListedNode node) {
        ConfText text = new ConfText(list, links, plane, keys, psk);
        text.writeInterface(node);
        links.of(node, plane).forEach(link -> text.writePeer(node, link));
        return text.out.toString();
    }

    private void writeInterface(ListedNode node) {
        out.append("[Interface]\n# ").append(node.name()).append('\n');
        line(
                "Address",
                plane.addresses(node).stream()
                        .map(Object::toString)
                        .collect(Collectors.joining(", ")));
        line("ListenPort", plane.port(node));
        PrivateKey key = keys.privateKeyOrNull(node);
        if (key != null) {
            line("PrivateKey", key.toBase64());
        } else {
            out.append("# The private key stays on this node, in ").append(KEY_FILE).append(".\n");
            line("PostUp", "$(command -v wgj || command -v wg) set %i private-key " + KEY_FILE);
        }
        list.mtu().ifPresent(mtu -> line("MTU", mtu));
        if (links.forwards(node) && plane.index() == 0) {
            writeForwarding(node);
        }
    }

    /** Uses a table of its own, and leaves forwarding on: others on this host may need it. */
    private void writeForwarding(ListedNode node) {
        boolean ipv4 = plane.own(node).stream().anyMatch(range -> !range.ipv6());
        boolean ipv6 = plane.own(node).stream().anyMatch(IpPrefix::ipv6);
        out.append("# Packets of others go through this node. Forwarding stays on after it.\n");
        if (ipv4) {
            line("PostUp", "sysctl -q net.ipv4.ip_forward=1");
        }
        if (ipv6) {
            line("PostUp", "sysctl -q net.ipv6.conf.all.forwarding=1");
        }
        if (node.outboundOrNull() != null) {
            String table = "inet wgj_%i";
            line("PostUp", "nft add table " + table);
            line(
                    "PostUp",
                    "nft 'add chain "
                            + table
                            + " postrouting { type nat hook postrouting priority srcnat; }'");
            line(
                    "PostUp",
                    "nft add rule "
                            + table
                            + " postrouting iifname %i oifname "
                            + node.outboundOrNull()
                            + " masquerade");
            line("PostDown", "nft delete table " + table);
        }
    }

    private void writePeer(ListedNode node, PeerEntry link) {
        out.append("\n[Peer]\n# ").append(link.peer().name()).append('\n');
        line("PublicKey", keys.publicKey(link.peer()).toBase64());
        if (psk) {
            line("PresharedKey", keys.presharedKey(node, link.peer()).toBase64());
        }
        line("AllowedIPs", joined(link.allowedIps()));
        HostPort endpoint = plane.endpointOrNull(link.peer());
        if (endpoint != null) {
            line("Endpoint", endpoint);
        }
        if (link.keepalive() > 0) {
            line("PersistentKeepalive", link.keepalive());
        }
    }

    private static String joined(List<IpPrefix> ranges) {
        return ranges.stream().map(IpPrefix::toString).collect(Collectors.joining(", "));
    }

    private void line(String key, Object value) {
        out.append("%-10s = %s\n".formatted(key, value));
    }
}
